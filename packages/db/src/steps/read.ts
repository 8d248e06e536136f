import type { Step } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable } from '../statement.ts';
import { toStep } from './step-row.ts';

/** A page of a mission's journal, in order, from the step after `after`. */
export async function readSteps(
  client: Client,
  page: { missionId: string; after: number; limit: number },
): Promise<Step[]> {
  try {
    const where = { missionId: page.missionId };
    const steps = await client.step.findMany({
      where: { ...where, number: { gt: page.after } },
      orderBy: { number: 'asc' },
      take: page.limit,
    });
    const last = steps.at(-1);
    if (!last) {
      return [];
    }
    const calls = await client.toolCall.findMany({
      where: { ...where, stepNumber: { gt: page.after, lte: last.number } },
      orderBy: [{ stepNumber: 'asc' }, { index: 'asc' }],
      omit: { fullOutput: true, fullOutputZstd: true },
    });
    const byStep = Map.groupBy(calls, (call) => call.stepNumber);
    return steps.map((step) => toStep(step, byStep.get(step.number) ?? []));
  } catch (error) {
    throw asUnavailable(error);
  }
}
