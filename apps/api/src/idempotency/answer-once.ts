import { setTimeout as sleep } from 'node:timers/promises';
import { IDEMPOTENCY_WAIT_MS } from '@flotilla/core';
import type { Database, RecordKey, StoredRecord } from '@flotilla/db';
import type { Reply } from '../http/reply.ts';
import { ProblemError } from '../problem.ts';

/** A request that came with an Idempotency-Key. */
export type OnceKey = RecordKey & { fingerprint: string };

/** The record of a request that has been carried out. */
export type DoneRecord = StoredRecord & { status: number };

export type Performance = {
  /** Does what is asked, and stores its record with it. `busy`: somebody else has done it, or is about to. */
  perform(once: OnceKey | null): Promise<Reply | 'busy'>;
  /**
   * An answer that was given before, or would have been, from its record; by default as it is there. Where nothing is said of
   * headers they say where its mission is.
   */
  replay?(record: DoneRecord): Promise<Replayed> | Replayed;
};

export type Replayed = Pick<Reply, 'body' | 'headers'>;

/**
 * Answers a request; one with a key that was answered before, as it was then. Only what was done is remembered: a request
 * that was refused may be mended and sent again with its key.
 * @throws {ProblemError} `idempotency_key_reused`, `idempotency_key_in_use`, `idempotency_outcome_unknown`, and what
 * `perform` throws
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
        if (isDone(record)) {
          const { body, headers = whereItIs(record) } = await replay(record);
          return { status: record.status, headers: { ...headers, 'Idempotent-Replayed': 'true' }, body };
        }
        if (record.isForsaken) throw outcomeUnknown();
      }
      const reply = record ? 'busy' : await perform(once);
      if (reply !== 'busy') return reply;
      if (performance.now() >= until) throw inUse();
      await sleep(LOOK_AGAIN_AFTER_MS);
    }
  };
}

function isDone(record: StoredRecord): record is DoneRecord {
  return record.status !== null;
}

function whereItIs({ missionId }: StoredRecord): Record<string, string> {
  return missionId === null ? {} : { Location: `/v1/missions/${missionId}` };
}

function asStored({ response }: StoredRecord): Replayed {
  if (response === null) throw new Error('the record of a request holds no answer');
  return { body: response };
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
    'A request with this Idempotency-Key is still under way; send it again.',
    { headers: { 'Retry-After': '1' } },
  );
}

function outcomeUnknown(): ProblemError {
  return new ProblemError(
    'idempotency_outcome_unknown',
    'A request with this Idempotency-Key was begun and broke off; see what has come of it, and send a new key for what is left.',
  );
}
