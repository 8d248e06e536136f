import {
  BODY_MAX_BYTES,
  BODY_MAX_KEYS,
  type MissionRequest,
  missionRequestSchema,
  REQUEST_CODES,
} from '@flotilla/core';
import { readInput } from '../http/input.ts';
import { asProblemError, describeProblem, ProblemError } from '../problem.ts';
import type { PreparedMission, PrepareMission } from './prepare.ts';

/** What came of one mission of a batch. 200: an unfinished one with its dedupe key, which it would have doubled. */
export type BatchResult = { status: 202 | 200; id: string } | Refused;
type Refused = { status: number; problem: ReturnType<typeof describeProblem> };

/** One mission of a batch that is fit to be stored, and where it stood. */
export type BatchItem = PreparedMission & { index: number; dedupe: MissionRequest['dedupe'] };

/** Often enough that others have their turn; a batch may hold the process up for a third of a second otherwise. */
const PREPARED_TOGETHER = 50;

/** Checks each mission by itself: one that is bad is refused, and no other. */
export async function prepareBatch(
  bodies: readonly unknown[],
  { accountId, prepare }: { accountId: string; prepare: PrepareMission },
): Promise<{ items: BatchItem[]; results: (BatchResult | null)[] }> {
  const items: BatchItem[] = [];
  const results: (BatchResult | null)[] = bodies.map(() => null);

  async function prepareOne(index: number): Promise<void> {
    try {
      const request = readMission(bodies[index]);
      items.push({ index, ...(await prepare(accountId, request)), dedupe: request.dedupe });
    } catch (error) {
      results[index] = refusal(error);
    }
  }
  for (let start = 0; start < bodies.length; start += PREPARED_TOGETHER) {
    const count = Math.min(PREPARED_TOGETHER, bodies.length - start);
    await Promise.all(Array.from({ length: count }, (_, offset) => prepareOne(start + offset)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { items: items.toSorted((a, b) => a.index - b.index), results };
}

/** @throws the error itself, where the mission has no part in it */
export function refusal(error: unknown): Refused {
  const problem = asProblemError(error);
  if (REQUEST_CODES[problem.code].status >= 500) throw error;
  return { status: REQUEST_CODES[problem.code].status, problem: describeProblem(problem) };
}

function readMission(body: unknown): MissionRequest {
  if (Buffer.byteLength(JSON.stringify(body)) > BODY_MAX_BYTES) {
    throw new ProblemError('body_too_large', `A mission may have at most ${BODY_MAX_BYTES} bytes.`);
  }
  if (countKeys(body) > BODY_MAX_KEYS) {
    throw new ProblemError('body_too_many_keys', `A mission may have at most ${BODY_MAX_KEYS} keys.`);
  }
  return readInput(missionRequestSchema, body);
}

/** Those of all objects in it, as they are counted in the body of a mission that comes alone. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const within: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : within.length;
  return within.reduce<number>((count, inner) => count + countKeys(inner), own);
}
