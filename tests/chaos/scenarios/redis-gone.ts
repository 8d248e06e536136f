import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const GONE_MS = 30_000;

export const redisGone: Scenario = {
  name: 'redis-gone',
  about: 'there is no Redis for 30 s; POST goes on answering 202',
  backends: ['redis'],
  async inject({ redis, client, injected, mended }) {
    await redis.stop('SIGKILL');
    injected('Redis killed');
    const goneAt = Date.now();
    await sleep(GONE_MS);
    await redis.start();
    mended();
    return () => mustAllBeAccepted(client.posted().filter(({ at }) => at >= goneAt));
  },
};

/** A queue that is away must not be noticed by those who post. */
export function mustAllBeAccepted(posted: readonly { status: number; tookMs: number }[]): string[] {
  const refused = posted.filter(({ status }) => status !== 202);
  const slow = posted.filter(({ tookMs }) => tookMs > 2_000);
  return [
    ...(refused.length > 0 ? [`${refused.length} POSTs were not answered 202: ${refused[0]?.status}`] : []),
    ...(slow.length > 0 ? [`${slow.length} POSTs took more than 2 s`] : []),
  ];
}
