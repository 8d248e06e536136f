import { BATCH_BODY_MAX_BYTES, BATCH_BODY_MAX_KEYS, BATCH_MAX, BODY_MAX_DEPTH } from '@flotilla/core';
import { z } from 'zod';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import type { AnswerOnce } from '../idempotency/answer-once.ts';
import { prepareBatch } from '../missions/batch-item.ts';
import type { PrepareMission } from '../missions/prepare.ts';
import { createBatchStore, type StoreBatchDeps } from '../missions/store-batch.ts';
import { batchView } from '../views/batch.ts';
import type { Route } from './route.ts';

/** Each is judged by itself, so that a bad one keeps back no other: it is described here, and no more. */
const batchBody = z.strictObject({
  missions: z
    .array(z.unknown().meta({ $ref: '#/$defs/MissionRequest' }))
    .min(1)
    .max(BATCH_MAX),
});

/** What is around a mission: the object, and its list. */
const DEPTH_AROUND = 2;

/**
 * `POST /v1/missions/batch`: 200 with what came of each mission. All that are good are committed together; a bad one, or
 * one for which the backlog has no room, is refused alone.
 */
export function createMissionsRoute(
  deps: StoreBatchDeps & {
    /** Made for each batch: what several of its missions name is looked up once. */
    createPrepare: () => PrepareMission;
    answerOnce: AnswerOnce;
  },
): Route {
  const { createPrepare, answerOnce } = deps;
  const storeBatch = createBatchStore(deps);
  return {
    method: 'POST',
    path: '/v1/missions/batch',
    scope: 'missions:write',
    summary: 'Accepts many missions together, and says of each what came of it: a bad one keeps back no other.',
    body: 'required',
    input: batchBody,
    replies: { 200: batchView },
    bodyLimits: {
      maxBytes: BATCH_BODY_MAX_BYTES,
      maxKeys: BATCH_BODY_MAX_KEYS,
      maxDepth: BODY_MAX_DEPTH + DEPTH_AROUND,
    },
    isRepeatable: true,
    async handle({ accountId, query, body, once }) {
      readQuery(noQuery, query);
      const { missions } = readInput(batchBody, body);
      return answerOnce(once, {
        async perform(key) {
          const prepared = await prepareBatch(missions, { accountId, prepare: createPrepare() });
          const view = await storeBatch({ accountId, once: key, ...prepared });
          return view === 'busy' ? view : { status: 200, body: view };
        },
      });
    },
  };
}
