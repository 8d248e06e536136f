import { setTimeout as sleep } from 'node:timers/promises';
import { IDEMPOTENCY_CLAIM_MS, REQUEST_CODES } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { SecretBox } from '@flotilla/platform';
import { z } from 'zod';
import type { OpenReply, Reply } from '../http/reply.ts';
import { missionInBody, missionInPath } from '../missions/mission-in.ts';
import { asProblemError } from '../problem.ts';
import { createAnswerOnce, type DoneRecord, type OnceKey } from './answer-once.ts';

/** How the answer of a route is kept for its Idempotency-Key: as it is, or, since it holds a secret, sealed. */
export type Kept = 'plain' | 'sealed';

type Request = {
  once: OnceKey | null;
  kept: Kept;
  /** Whether doing it twice is doing it once. */
  isIdempotent: boolean;
  params: Readonly<Record<string, string>>;
  handle(): Promise<Reply | OpenReply>;
};

/**
 * Answers a request of a route that does its work in more than the one statement that could store its record with it. The
 * key is taken before anything is done, and given back where the request is refused. What broke off in between is never
 * done again, unless twice is once: nobody knows how far it came, and a key promises that nothing is done twice.
 */
export type KeepAnswer = (request: Request) => Promise<Reply | OpenReply>;

/** Sooner than a client that was told to try again comes back (`Retry-After: 1`). */
const LET_GO_AGAIN_AFTER_MS = 500;

const contentSchema = z.object({
  headers: z.record(z.string(), z.string()).default({}),
  body: z.record(z.string(), z.unknown()).nullable(),
});
const storedSchema = z.union([z.object({ sealed: z.string() }), contentSchema]);

export function createAnswerKeeper(deps: {
  db: { records: Pick<Database['records'], 'read' | 'claim' | 'settle' | 'drop' | 'forsake'> };
  secrets: SecretBox;
}): KeepAnswer {
  const { secrets } = deps;
  const { records } = deps.db;
  const answerOnce = createAnswerOnce(deps.db);

  function toResponse({ headers, body }: Reply, kept: Kept): object {
    const content = { ...(headers && { headers }), body };
    return kept === 'sealed' ? { sealed: secrets.seal(JSON.stringify(content)) } : content;
  }

  function contentOf({ response }: DoneRecord): z.infer<typeof contentSchema> {
    const stored = storedSchema.parse(response);
    return 'sealed' in stored ? contentSchema.parse(JSON.parse(secrets.open(stored.sealed))) : stored;
  }

  /**
   * Nobody is at work on it any more. What it broke off for, such as a database that fails over, may keep that from being
   * said as well: it is said again for as long as it would not be known by the key's age.
   */
  async function letGo(key: OnceKey, isIdempotent: boolean): Promise<void> {
    const until = performance.now() + IDEMPOTENCY_CLAIM_MS;
    while (performance.now() < until) {
      try {
        await (isIdempotent ? records.drop(key) : records.forsake(key));
        return;
      } catch {
        await sleep(LET_GO_AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }

  async function perform(request: Request, key: OnceKey): Promise<Reply | 'busy'> {
    const { handle, kept, isIdempotent, params } = request;
    if (!(await records.claim(key))) return 'busy';
    let reply: Reply | OpenReply;
    try {
      reply = await handle();
    } catch (error) {
      const { status } = REQUEST_CODES[asProblemError(error).code];
      if (status < 500) await records.drop(key).catch(() => undefined);
      else void letGo(key, isIdempotent);
      throw error;
    }
    if ('open' in reply) throw new Error(`${key.route} takes an Idempotency-Key, and answers with a stream`);
    const missionId = missionInPath(params) ?? missionInBody(reply.body);
    // Whoever asked is answered all the same; asked again, the key is still taken.
    await records
      .settle({ ...key, status: reply.status, response: toResponse(reply, kept), missionId })
      .catch(() => undefined);
    return reply;
  }

  return async function keepAnswer(request) {
    const { once } = request;
    if (once === null) return request.handle();
    return answerOnce(once, { perform: () => perform(request, once), replay: contentOf });
  };
}
