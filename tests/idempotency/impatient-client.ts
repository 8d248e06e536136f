import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../chaos/random.ts';
import type { Instances } from './instances.ts';

/** What a request came to in the end. `isReplayed`: it, or one like it, was carried out before. */
export type Answer = { status: number; text: string; isReplayed: boolean };

export type ImpatientClient = {
  /** Sends the request to one process after the other until it has an answer that is about the request itself. */
  post(body: string, key: string): Promise<Answer>;
  /** Replies that it hung up on, and tries that found nobody, broke off or were told to try again. */
  counts(): { lost: number; failed: number };
  close(): void;
};

const AGAIN_AFTER_MS = 50;
/** A try that has no answer by then has none coming: its process is dead, or as good as. */
const ANSWERED_WITHIN_MS = 20_000;
const TRIES_MAX = 1_000;

/** Of so many missions that were stored, one has its first answer lost for certain. */
const FIRST_LOST_EVERY = 3;

/** A client on a bad line: of its requests a share is sent, and the reply never seen. */
export function createImpatientClient(options: {
  instances: Pick<Instances, 'anyPort'>;
  apiKey: string;
  /** From 0 to 1. */
  lostShare: number;
  random: Random;
}): ImpatientClient {
  const { instances, apiKey, lostShare, random } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  let lost = 0;
  let failed = 0;
  let firsts = 0;

  /** That it is the answer of the very request that was carried out. */
  function isFirst({ statusCode, headers }: IncomingMessage): boolean {
    return statusCode === 202 && headers['idempotent-replayed'] !== 'true';
  }

  function tryOnce(body: string, key: string): Promise<Answer | null> {
    const isToBeLost = random.next() < lostShare;
    return new Promise((resolve) => {
      const giveUp = () => {
        failed += isToBeLost ? 0 : 1;
        resolve(null);
      };
      const sent = request({
        agent,
        host: '127.0.0.1',
        port: instances.anyPort(),
        method: 'POST',
        path: '/v1/missions',
        timeout: ANSWERED_WITHIN_MS,
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'idempotency-key': key,
        },
      });
      sent.once('error', giveUp).once('timeout', () => sent.destroy());
      sent.once('response', (response) => {
        const isLostFirst = isFirst(response) && firsts++ % FIRST_LOST_EVERY === 0;
        if (isToBeLost || isLostFirst) {
          lost += 1;
          sent.destroy();
          resolve(null);
          return;
        }
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', giveUp).once('end', () => {
          const isReplayed = response.headers['idempotent-replayed'] === 'true';
          resolve({ status: response.statusCode ?? 0, text, isReplayed });
        });
      });
      sent.end(body);
    });
  }

  return {
    async post(body, key) {
      for (let go = 0; go < TRIES_MAX; go++) {
        const answer = await tryOnce(body, key);
        if (answer && !isToBeTriedAgain(answer.status)) return answer;
        if (answer) failed += 1;
        await sleep(random.between(0, 2 * AGAIN_AFTER_MS));
      }
      throw new Error(`no answer after ${TRIES_MAX} tries`);
    },
    counts: () => ({ lost, failed }),
    close: () => agent.destroy(),
  };
}

/** Away, or the request with the same key still under way. */
function isToBeTriedAgain(status: number): boolean {
  return status === 409 || status >= 500;
}
