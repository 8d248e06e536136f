import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../bench/servers.ts';
import { percentile } from '../bench/statistics.ts';
import type { Random } from '../chaos/random.ts';
import { judge, type Verdict } from './judge.ts';
import type { Receiver } from './receiver.ts';
import { type Stage, startStage } from './stage.ts';

export type SceneOptions = {
  /** Ends of the account in question after the first seconds, and how many of them there are a second. */
  deliveries: number;
  rate: number;
  /** Ends of the account beside it, a second. */
  beside: number;
  /**
   * Whether its receiver refuses some and dies for a while. If not, all are well, and the ends that a bad one would have
   * been told again are told to another receiver too, so that there are as many POSTs.
   */
  isBad: boolean;
  schedule: readonly number[];
  refusedShare: number;
  deadForMs: number;
  random: Random;
};

/**
 * What came of it: how late the receiver beside it was told, in milliseconds, and what there is to say of both. `cores`:
 * how many were busy with it while missions ended.
 */
export type Scene = Verdict & {
  besideCount: number;
  p50: number;
  p95: number;
  p99: number;
  cores: number;
  seconds: number;
};

/** For so long from the beginning nothing is measured: processes that have just been started are slower. */
export const WARM_UP_MS = 10_000;
const TICK_MS = 100;
const STUCK_AFTER_MS = 120_000;

/** Missions of two accounts that end at their rates, and the webhooks of that, until all of them are through. */
export async function play(servers: Servers, options: SceneOptions): Promise<Scene> {
  const { isBad, random, schedule, rate, beside } = options;
  const begunAt = performance.now();
  await using stage = await startStage(servers, {
    env: { DELIVERY_SCHEDULE: schedule.map((ms) => `${ms}ms`).join(',') },
  });
  const well = await stage.newSubscriber('well', () => false);
  const other = await stage.newSubscriber('other', () => isBad && random.next() < options.refusedShare);
  const again = await stage.newSubscriber('again', () => false);
  await stage.startWorkers();
  const wellEndpoint = await well.subscribe();
  const otherEndpoint = await other.subscribe();
  const againEndpoint = isBad ? null : await again.subscribe('named');
  const toldAgain = options.refusedShare / (1 - options.refusedShare);
  const namesOne = () => (random.next() < toldAgain ? againEndpoint : null);

  const seconds = WARM_UP_MS / 1_000 + options.deliveries / rate;
  const measuredFrom = Date.now() + WARM_UP_MS;
  const [startedAt, usedBefore] = [performance.now(), stage.processorSeconds()];
  await Promise.all([
    postEvenly({ stage, accountId: other.accountId, count: Math.round(seconds * rate), rate, endpointOf: namesOne }),
    postEvenly({ stage, accountId: well.accountId, count: Math.round(seconds * beside), rate: beside }),
    isBad ? killInTheMiddle(other.receiver, options) : Promise.resolve(),
  ]);
  const cores = (stage.processorSeconds() - usedBefore) / ((performance.now() - startedAt) / 1_000);
  await untilThrough(stage);

  const measured = well.receiver.arrivals.filter(({ occurredAt }) => occurredAt >= measuredFrom);
  const late = measured.map(({ lateMs }) => lateMs);
  const verdictOf = ({ accountId, receiver }: typeof well, endpointId: string) =>
    judge(stage.sql, { accountId, endpointId, arrivals: receiver.arrivals, schedule });
  const [ofWell, ofOther] = [await verdictOf(well, wellEndpoint), await verdictOf(other, otherEndpoint)];
  return {
    besideCount: late.length,
    p50: percentile(late, 50),
    p95: percentile(late, 95),
    p99: percentile(late, 99),
    cores,
    seconds: (performance.now() - begunAt) / 1_000,
    wrong: [...ofWell.wrong, ...ofOther.wrong],
    lines: ofOther.lines,
  };
}

type Posting = {
  stage: Stage;
  accountId: string;
  count: number;
  rate: number;
  endpointOf?: () => string | null;
};

async function postEvenly(of: Posting): Promise<void> {
  const startedAt = performance.now();
  for (let posted = 0; posted < of.count; ) {
    const due = Math.min(of.count, Math.ceil(((performance.now() - startedAt) / 1_000) * of.rate));
    if (due > posted) await of.stage.post(of.accountId, due - posted, of.endpointOf);
    posted = Math.max(posted, due);
    await sleep(TICK_MS);
  }
}

/** Dead for a while after a third of the measured time: connections are refused, and those that are open cut. */
async function killInTheMiddle(receiver: Receiver, { deliveries, rate, deadForMs }: SceneOptions): Promise<void> {
  await sleep(WARM_UP_MS + ((deliveries / rate) * 1_000) / 3);
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
