import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../bench/servers.ts';
import { percentile } from '../bench/statistics.ts';
import type { Random } from '../chaos/random.ts';
import { judge, type Verdict } from './judge.ts';
import type { Receiver } from './receiver.ts';
import { type Stage, startStage } from './stage.ts';

export type SceneOptions = {
  /** Ends of the account whose receiver is bad, and how many of them there are a second. */
  deliveries: number;
  rate: number;
  /** Ends of the account beside it, a second. */
  beside: number;
  /** Whether the bad receiver is subscribed at all; without it, its account's missions end all the same. */
  isBad: boolean;
  schedule: readonly number[];
  refusedShare: number;
  deadForMs: number;
  random: Random;
};

/** What came of it: how late the receiver beside it was told, in milliseconds, and what is to be said of the bad one. */
export type Scene = {
  besideCount: number;
  p50: number;
  p95: number;
  p99: number;
  verdict: Verdict | null;
  seconds: number;
};

const TICK_MS = 100;
const STUCK_AFTER_MS = 120_000;

/** Missions of two accounts that end at their rates, and the webhooks of that, until all of them are through. */
export async function play(servers: Servers, options: SceneOptions): Promise<Scene> {
  const { isBad, random, schedule } = options;
  await using stage = await startStage(servers, {
    env: { DELIVERY_SCHEDULE: schedule.map((ms) => `${ms}ms`).join(',') },
  });
  const well = await stage.newSubscriber('well', () => false);
  const bad = await stage.newSubscriber('bad', () => random.next() < options.refusedShare);
  await stage.startWorkers();
  const wellEndpoint = await well.subscribe();
  const badEndpoint = isBad ? await bad.subscribe() : null;

  const startedAt = performance.now();
  await Promise.all([
    postEvenly({ stage, accountId: bad.accountId, count: options.deliveries, rate: options.rate }),
    postEvenly({
      stage,
      accountId: well.accountId,
      count: Math.round((options.deliveries / options.rate) * options.beside),
      rate: options.beside,
    }),
    isBad ? killInTheMiddle(bad.receiver, options) : Promise.resolve(),
  ]);
  await untilThrough(stage);
  const late = well.receiver.arrivals.map(({ lateMs }) => lateMs);
  const wellVerdict = await judge(stage.sql, {
    ...well,
    endpointId: wellEndpoint,
    arrivals: well.receiver.arrivals,
    schedule,
  });
  const badVerdict =
    badEndpoint === null
      ? null
      : await judge(stage.sql, { ...bad, endpointId: badEndpoint, arrivals: bad.receiver.arrivals, schedule });
  return {
    besideCount: late.length,
    p50: percentile(late, 50),
    p95: percentile(late, 95),
    p99: percentile(late, 99),
    verdict: badVerdict && { ...badVerdict, wrong: [...badVerdict.wrong, ...wellVerdict.wrong] },
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

async function postEvenly(of: { stage: Stage; accountId: string; count: number; rate: number }): Promise<void> {
  const startedAt = performance.now();
  for (let posted = 0; posted < of.count; ) {
    const due = Math.min(of.count, Math.ceil(((performance.now() - startedAt) / 1_000) * of.rate));
    if (due > posted) await of.stage.post(of.accountId, due - posted);
    posted = Math.max(posted, due);
    await sleep(TICK_MS);
  }
}

/** Dead for a while after a third of the time: connections are refused, and those that are open cut. */
async function killInTheMiddle(receiver: Receiver, { deliveries, rate, deadForMs }: SceneOptions): Promise<void> {
  await sleep(((deliveries / rate) * 1_000) / 3);
  await receiver.die();
  await sleep(deadForMs);
  await receiver.comeBack();
}

/** @throws Error when nothing has come through for two minutes */
async function untilThrough({ sql }: Stage): Promise<void> {
  let before = -1;
  let changedAt = performance.now();
  for (;;) {
    const { rows } = await sql.query<{ open: number }>(
      `SELECT (SELECT count(*) FROM missions WHERE finished_at IS NULL)::int
            + (SELECT count(*) FROM deliveries WHERE status = 'pending')::int AS open`,
    );
    const open = rows[0]?.open ?? 0;
    if (open === 0) return;
    if (open !== before) changedAt = performance.now();
    else if (performance.now() - changedAt > STUCK_AFTER_MS) {
      throw new Error(`stuck with ${open} missions and deliveries`);
    }
    before = open;
    await sleep(500);
  }
}
