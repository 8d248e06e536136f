import { createId } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { SCHEMA } from '../baseline/schema.ts';
import { createStore } from '../baseline/store.ts';
import { type OpenLoop, runClosedLoop, runOpenLoop } from '../open-loop.ts';
import { type Bench, CONTENDERS, type Contender, type Result, type Row } from '../row.ts';
import { WORKER_POOL } from '../stack.ts';
import { median, percentile } from '../statistics.ts';

const MISSIONS = 500;
const CALLS_A_STEP = 32;
const WIDTH = 500;
const LINE_PER_SECOND = 500;

/** Appends one event, each to another mission than the one before, and resolves when it is committed. */
type Append = () => Promise<void>;

/**
 * Events, each with the change that it reports: ours a tool call's start, which moves two rows and a counter; the
 * baseline's a bare insert.
 */
export const events: Row = {
  name: 'events',
  async run(bench) {
    await using resources = new AsyncDisposableStack();
    const appends: Record<Contender, Append> = {
      flotilla: await openFlotilla(bench, resources),
      baseline: await openBaseline(bench, resources),
    };
    for (const contender of CONTENDERS) await flood(appends[contender], bench.isQuick ? 2_000 : 5_000);
    const results: Result[] = [];
    for (const [rate, seconds] of bench.isQuick ? [[500, 4] as const] : [[210, 30] as const, [500, 60] as const]) {
      const loops = {
        flotilla: await steady(appends.flotilla, rate, seconds),
        baseline: await steady(appends.baseline, rate, seconds),
      };
      bench.log(`events ${rate}/s for ${seconds} s: ${Math.round(loops.flotilla.perSecond)}/s`);
      results.push(toResult(`event appends at ${rate}/s for ${seconds} s, p95`, loops));
    }
    const ceilings: Record<Contender, number[]> = { flotilla: [], baseline: [] };
    for (let round = 0; round < (bench.isQuick ? 1 : 3); round += 1) {
      for (const contender of CONTENDERS) ceilings[contender].push(await flood(appends[contender], 10_000));
    }
    results.push({
      name: 'event appends, ceiling',
      backend: 'none',
      value: median(ceilings.flotilla),
      unit: 'events/s',
      baseline: median(ceilings.baseline),
      better: 'higher',
      line: { min: LINE_PER_SECOND },
    });
    return results;
  },
};

const toResult = (name: string, loops: Record<Contender, OpenLoop>): Result => ({
  name,
  backend: 'none',
  value: percentile(loops.flotilla.latenciesMs, 95),
  unit: 'ms',
  baseline: percentile(loops.baseline.latenciesMs, 95),
  better: 'lower',
});

const steady = (append: Append, rate: number, seconds: number) => runOpenLoop({ rate, seconds, call: append });

async function flood(append: Append, total: number): Promise<number> {
  const startedAt = performance.now();
  await runClosedLoop({ total, width: WIDTH, call: append });
  return (total * 1_000) / (performance.now() - startedAt);
}

async function openFlotilla(bench: Bench, resources: AsyncDisposableStack): Promise<Append> {
  const { url } = resources.use(await bench.servers.createDatabase({ migrated: true }));
  const timeouts = { statementTimeoutMs: 30_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url, poolSize: WORKER_POOL, applicationName: 'flotilla-bench', ...timeouts });
  resources.defer(() => db.close());
  const account = await db.accounts.create({ name: 'bench', tier: 'paid', maxRunning: MISSIONS, webhookSecret: '' });
  const workerId = createId('worker');
  const missionIds = Array.from({ length: MISSIONS }, () => createId('mission'));
  await Promise.all(missionIds.map((id) => db.missions.create({ id, accountId: account.id, ...MISSION })));
  await db.lease.register({
    id: workerId,
    hostname: 'bench',
    version: '0',
    pools: ['default'],
    slots: MISSIONS,
    tools: [],
  });
  await Promise.all(missionIds.map((missionId) => db.lease.claim({ missionId, workerId })));

  let step = 0;
  let open: { missionId: string; index: number }[] = [];
  let opening: Promise<void> | undefined;
  async function openStep(): Promise<void> {
    const number = step + 1;
    const toolCalls = Array.from({ length: CALLS_A_STEP }, (_, index) => ({
      index,
      id: `c${index}`,
      name: 'bench',
      input: {},
    }));
    const commit = {
      attempt: 1,
      number,
      chainStage: 0,
      tries: 1,
      startedAt: new Date(),
      response: RESPONSE,
      passedOver: [],
      cached: false,
      toolCalls,
    };
    await Promise.all(missionIds.map((missionId) => db.steps.commitResponse({ missionId, ...commit })));
    step = number;
    open = toolCalls.flatMap(({ index }) => missionIds.map((missionId) => ({ missionId, index })));
    opening = undefined;
  }
  return async function append() {
    while (open.length === 0) await (opening ??= openStep());
    const call = open.pop();
    if (!call) return;
    const outcome = await db.steps.startToolCall({ ...call, attempt: 1, step });
    if (outcome !== 'committed') throw new Error(`the event was ${outcome}`);
  };
}

const MISSION = {
  spec: {
    goal: 'bench',
    model: 'sim/load',
    instructions: null,
    tools: [],
    modelOptions: {},
    limits: { maxSteps: 50, maxOutputTokens: 100 },
  },
  pool: 'default',
  priority: 5,
  tags: [],
  metadata: {},
  endpointId: null,
};
const RESPONSE = {
  provider: 'sim',
  model: 'bench',
  message: { role: 'assistant' as const, content: [] },
  stopReason: 'tool_calls' as const,
  usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 },
};

async function openBaseline(bench: Bench, resources: AsyncDisposableStack): Promise<Append> {
  const { url } = resources.use(await bench.servers.createDatabase({ migrated: false }));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
  const store = createStore({ databaseUrl: url, poolSize: WORKER_POOL });
  resources.defer(() => store.close());
  let appended = 0;
  return () => {
    appended += 1;
    return store.appendEvent(
      `mission-${appended % MISSIONS}`,
      Math.ceil(appended / MISSIONS) * 2 + (appended % 2),
      'tool_call.started',
    );
  };
}
