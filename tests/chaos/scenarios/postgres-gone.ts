import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const GONE_MS = 15_000;

export const postgresGone: Scenario = {
  name: 'postgres-gone',
  about: 'there is no Postgres for 15 s: 503 with Retry-After, nothing half done',
  backends: ['redis', 'postgres'],
  async inject({ postgres, client, injected, mended }) {
    await postgres.stop('immediate');
    injected('Postgres stopped');
    const goneAt = Date.now();
    await sleep(GONE_MS);
    const backAt = Date.now();
    await postgres.start();
    mended();
    await sleep(2_000);
    return () => {
      const meanwhile = client.posted().filter(({ at, tookMs }) => at > goneAt && at + tookMs < backAt);
      const strange = meanwhile.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null);
      return [
        ...(meanwhile.length === 0 ? ['void: nobody posted while Postgres was gone'] : []),
        ...strange.slice(0, 3).map(({ status, retryAfter }) => `answered ${status}, Retry-After ${retryAfter}`),
      ];
    };
  },
};
