import type { MissionBell } from '@flotilla/core';
import { type Consumer, createQueue, type HandleContext, type Queue, type QueueConfig } from '@flotilla/queue';
// Not the harness's index: this file is used outside vitest too.
import { waitFor } from '../../harness/wait-for.ts';

/** Far longer than anything takes, so that only what never happens runs into it. */
export const PATIENCE_MS = 30_000;

/** @throws Error when `condition` does not become true. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await waitFor(condition, { what, timeoutMs: PATIENCE_MS });
}

/** A bell of pool `default` and priority 5, unless told otherwise. */
export function missionBell(missionId: string, differences: Partial<Omit<MissionBell, 'job'>> = {}): MissionBell {
  return { job: 'mission', missionId, pool: 'default', priority: 5, ring: 1, ...differences };
}

export const MISSIONS = { job: 'mission', pool: 'default' } as const;

/** A namespace on a server. */
export type Place = { backend: QueueConfig['backend']; prefix: string };

export type Bench = {
  place: Place;
  queue: Queue;
  errors: { message: string; where: string; repeated: number }[];
  warnings: string[];
  /** What became of the bells that were to be rung. */
  told: { rung: number; lost: number };
  /** Consumes pool `default` and notes who was heard, in order. */
  listen(options?: { concurrency?: number; handle?: (missionId: string, context: HandleContext) => Promise<void> }): {
    heard: string[];
    consumer: Consumer;
  };
  [Symbol.asyncDispose](): Promise<void>;
};

/** A queue, what it complained of, and ears. */
export function openBench(place: Place): Bench {
  const errors: Bench['errors'] = [];
  const warnings: string[] = [];
  const told = { rung: 0, lost: 0 };
  const queue = createQueue({
    ...place,
    onError: ({ message }, context) => errors.push({ message, ...context }),
    onWarning: (message) => warnings.push(message),
    onRung: ({ bells, outcome }) => {
      told[outcome] += bells;
    },
  });
  return {
    place,
    queue,
    errors,
    warnings,
    told,
    listen({ concurrency = 1, handle } = {}) {
      const heard: string[] = [];
      const consumer = queue.consume({
        job: 'mission',
        pool: 'default',
        concurrency,
        async handle({ missionId }, context) {
          heard.push(missionId);
          await handle?.(missionId, context);
        },
      });
      return { heard, consumer };
    },
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

/** A door that handlers wait at until it is opened. */
export function openDoor() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
