import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../bench/child.ts';
import type { Random } from '../chaos/random.ts';

const API = join(import.meta.dirname, '../../apps/api/src/main.ts');

/** Under its own load a process takes long to start. */
const READY_WITHIN_MS = 120_000;

/** API processes on one database, of which now and then one is killed and another takes its place. */
export type Instances = AsyncDisposable & {
  /** Where one of those that live listens. */
  anyPort(): number;
  kills(): number;
  /** Kills no more, and waits for those that are starting. */
  rest(): Promise<void>;
};

export async function startInstances(options: {
  databaseUrl: string;
  count: number;
  killEveryMs: number;
  killsAtMost: number;
  random: Random;
}): Promise<Instances> {
  const { databaseUrl, random, killEveryMs } = options;
  const env = { DATABASE_URL: databaseUrl, FLOTILLA_ENCRYPTION_KEYS: randomBytes(32).toString('base64'), PORT: '0' };
  const start = () =>
    startChild({
      args: [API],
      env,
      readyLine: /api listening on http:\/\/127\.0\.0\.1:(\d+)/,
      readyWithinMs: READY_WITHIN_MS,
    });
  const all: Child[] = [];
  let alive = await Promise.all(
    Array.from({ length: options.count }, async () => {
      const child = await start();
      all.push(child);
      return child;
    }),
  );
  let kills = 0;
  const resting = new AbortController();

  async function killNowAndThen(): Promise<void> {
    while (!resting.signal.aborted && kills < options.killsAtMost) {
      await sleep(random.between(0.5, 1.5) * killEveryMs);
      if (resting.signal.aborted) return;
      const victim = random.pick(alive);
      alive = alive.filter((child) => child !== victim);
      victim.signal('SIGKILL');
      kills += 1;
      const child = await start();
      all.push(child);
      alive.push(child);
    }
  }
  const killing = killNowAndThen();

  async function rest(): Promise<void> {
    resting.abort();
    await killing;
  }
  return {
    anyPort: () => Number(random.pick(alive).ready[1]),
    kills: () => kills,
    rest,
    async [Symbol.asyncDispose]() {
      await rest();
      for (const child of all) await child[Symbol.asyncDispose]();
    },
  };
}
