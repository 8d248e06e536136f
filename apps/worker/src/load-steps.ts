import type { Step } from '@flotilla/core';
import type { Database } from '@flotilla/db';

const PAGE = 200;

/** A mission's whole journal, read in pages. */
export async function loadSteps(db: Pick<Database, 'steps'>, missionId: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (;;) {
    const page = await db.steps.read({ missionId, after: steps.length, limit: PAGE });
    steps.push(...page);
    if (page.length < PAGE) return steps;
  }
}
