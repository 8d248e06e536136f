import { setTimeout as sleep } from 'node:timers/promises';
import { IDEMPOTENCY_WAIT_MS } from '@flotilla/core';
import type { Database, RecordKey, StoredRecord } from '@flotilla/db';
import type { Reply } from '../http/reply.ts';
import { ProblemError } from '../problem.ts';

/** A request that came with an Idempotency-Key. */
export type OnceKey = RecordKey & { fingerprint: string };

export type Performance = {
  /** Does what is asked, and stores its record with it. `busy`: somebody else has done it, or is about to. */
  perform(once: OnceKey | null): Promise<Reply | 'busy'>;
  /** The body of an answer that was given before, or would have been, from its record; by default as it is there. */
  replay?(record: StoredRecord): Promise<object> | object;
};

/**
 * Answers a request; one with a key that was answered before, as it was then. Only what was done is remembered: a request
 * that was refused may be mended and sent again with its key.
 * @throws {ProblemError} `idempotency_key_reused`, `idempotency_key_in_use`, and what `perform` throws
 */
export type AnswerOnce = (once: OnceKey | null, performance: Performance) => Promise<Reply>;

/** Often enough that nobody notices the wait, and no burden for those that wait for long. */
const LOOK_AGAIN_AFTER_MS = 25;

export function createAnswerOnce(db: { records: Pick<Database['records'], 'read'> }): AnswerOnce {
  return async function answerOnce(once, { perform, replay = asStored }) {
    const until = performance.now() + IDEMPOTENCY_WAIT_MS;
    for (;;) {
      // Before anything is checked: what was good then need not be good now.
      const record = once && (await db.records.read(once));
      if (record) {
        if (record.fingerprint !== once.fingerprint) throw reused();
        const location = record.missionId !== null && { Location: `/v1/missions/${record.missionId}` };
        const headers = { ...location, 'Idempotent-Replayed': 'true' };
        return { status: record.status, headers, body: await replay(record) };
      }
      const reply = await perform(once);
      if (reply !== 'busy') return reply;
      if (performance.now() >= until) throw inUse();
      await sleep(LOOK_AGAIN_AFTER_MS);
    }
  };
}

function asStored({ response }: StoredRecord): object {
  if (response === null) throw new Error('the record of a request holds no answer');
  return response;
}

function reused(): ProblemError {
  return new ProblemError(
    'idempotency_key_reused',
    'A request with this Idempotency-Key and another body was accepted before; send a new key with a new request.',
  );
}

function inUse(): ProblemError {
  return new ProblemError(
    'idempotency_key_in_use',
    'A request with this Idempotency-Key is still being stored; send it again.',
    { headers: { 'Retry-After': '1' } },
  );
}
