import { setTimeout as sleep } from 'node:timers/promises';
import { startCosts } from '../../autoscale/costs.ts';
import { UNFINISHED } from '../counts.ts';
import { runClosedLoop } from '../open-loop.ts';
import type { Bench, Result, Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';

/** What a mission leaves and asks for whatever its length, and with each call, are told apart by two of them. */
const LENGTHS = [1, 5] as const;
const CLIENTS = 32;
const SLOTS = 50;
const IDLE_MS = 5_000;

/** What missions of two lengths leave in the database and ask of Redis: counts, the same however slow the machine is. */
export const costs: Row = {
  name: 'costs',
  async run(bench) {
    if (!bench.backends.includes('redis')) return [];
    const results: Result[] = [];
    for (const calls of LENGTHS) results.push(...(await measure(bench, calls)));
    return results;
  },
};

async function measure(bench: Bench, calls: number): Promise<Result[]> {
  const count = bench.isQuick ? 500 : 4_000;
  await using stack = await startStack(bench, 'flotilla', 'redis');
  await stack.startWorker({ slots: SLOTS });
  await postAndRun(stack, calls, Math.ceil(count / 5));
  const stores = { query: stack.query, redisUrl: bench.servers.redisUrl };
  // What the processes ask for by themselves is no mission's.
  const resting = await startCosts(stores);
  await sleep(IDLE_MS);
  const { redisCommands: idleCommands } = await resting.perMission(1);
  const used = await startCosts(stores);
  const startedAt = performance.now();
  await postAndRun(stack, calls, count);
  const tookMs = performance.now() - startedAt;
  const each = await used.perMission(count);
  const redisCommands = each.redisCommands - (idleCommands * tookMs) / IDLE_MS / count;
  const result = (what: string, value: number): Result => ({
    name: `${what} of a mission of ${calls} calls`,
    backend: 'redis',
    value,
    unit: '',
    baseline: null,
    better: 'lower',
  });
  return [
    result('events', each.events),
    result('bytes of events', each.eventBytes),
    result('bytes in the database', each.databaseBytes),
    result('bytes of WAL', each.walBytes),
    result('Redis commands', redisCommands),
  ];
}

async function postAndRun(stack: Stack, calls: number, total: number): Promise<void> {
  await runClosedLoop({
    total,
    width: CLIENTS,
    call: async () => {
      await stack.post({ steps: calls - 1 });
    },
  });
  await stack.until(0, UNFINISHED);
}
