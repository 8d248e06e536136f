import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../bench/servers.ts';
import type { Random } from '../chaos/random.ts';
import { judge, type Verdict } from './judge.ts';
import type { Receiver } from './receiver.ts';
import { type Stage, type Subscriber, startStage } from './stage.ts';

export type SceneOptions = {
  /** Ends of the account in question while its receiver is bad, and how many of them there are a second. */
  deliveries: number;
  rate: number;
  /** Ends of the account beside it, a second. */
  beside: number;
  phaseSeconds: number;
  schedule: readonly number[];
  refusedShare: number;
  deadForMs: number;
  random: Random;
};

/** A time in which the one receiver was bad, or well: how late the other one was told, in milliseconds. */
export type Phase = { isBad: boolean; lateMs: number[] };

/** What came of it. `cores`: how many were busy with it. */
export type Scene = Verdict & { phases: Phase[]; cores: number; seconds: number };

/** Not measured: processes that have just been started are slower, and after each turn retries come to be, or are left. */
const SETTLES_MS = 8_000;
const TICK_MS = 100;
const STUCK_AFTER_MS = 120_000;
/** Enough that none is still in hand when it is its turn again. */
const TOLD_AGAIN = 200;

/**
 * Missions of two accounts that end at their rates, and the webhooks of that, until all of them are through. The one
 * account's receiver is well and bad by turns: bad, it refuses some, and dies for a while in one of the phases. Well, a
 * third receiver is told again what it was told before, as often as the bad one would have been, and, as retries are, one
 * by one at moments of their own: so there are as many POSTs and statements at all times, and what is left between the
 * phases is what a refusal does. (Told in the same moment as the ends, they shared a batch with those, and cost nothing.)
 */
export async function play(servers: Servers, options: SceneOptions): Promise<Scene> {
  const { random, schedule, rate, beside, phaseSeconds } = options;
  const begunAt = performance.now();
  await using stage = await startStage(servers, {
    env: { DELIVERY_SCHEDULE: schedule.map((ms) => `${ms}ms`).join(',') },
  });
  let isBad = false;
  const well = await stage.newSubscriber('well', () => false);
  const other = await stage.newSubscriber('other', () => isBad && random.next() < options.refusedShare);
  const again = await stage.newSubscriber('again', () => false);
  await stage.startWorkers();
  const wellEndpoint = await well.subscribe();
  const otherEndpoint = await other.subscribe();
  const toldAgain = options.refusedShare / (1 - options.refusedShare);
  const redeliver = await createRedeliver(stage, again);
  const redelivering: Promise<void>[] = [];
  const [firstWaitMs = 0] = schedule;
  function onPosted(): void {
    if (isBad || random.next() >= toldAgain) return;
    redelivering.push(sleep(firstWaitMs * random.between(0.5, 1.5)).then(redeliver));
  }

  const badPhases = Math.max(1, Math.round(options.deliveries / rate / phaseSeconds));
  const dies = Math.floor(badPhases / 2);
  const spans: { isBad: boolean; from: number; to: number }[] = [];
  async function takeTurns(): Promise<void> {
    for (let turn = 0; turn <= 2 * badPhases; turn += 1) {
      isBad = turn % 2 === 1;
      const from = Date.now();
      if (isBad && (turn - 1) / 2 === dies) await killInTheMiddle(other.receiver, options);
      await sleep(from + phaseSeconds * 1_000 - Date.now());
      spans.push({ isBad, from: from + SETTLES_MS, to: Date.now() });
    }
    isBad = false;
  }

  const seconds = (2 * badPhases + 1) * phaseSeconds;
  const [startedAt, usedBefore] = [performance.now(), stage.processorSeconds()];
  await Promise.all([
    postEvenly({ stage, accountId: other.accountId, count: Math.round(seconds * rate), rate, onPosted }),
    postEvenly({ stage, accountId: well.accountId, count: Math.round(seconds * beside), rate: beside }),
    takeTurns(),
  ]);
  await Promise.all(redelivering);
  const cores = (stage.processorSeconds() - usedBefore) / ((performance.now() - startedAt) / 1_000);
  await untilThrough(stage);

  const verdictOf = ({ accountId, receiver }: typeof well, endpointId: string) =>
    judge(stage.sql, { accountId, endpointId, arrivals: receiver.arrivals, schedule });
  const [ofWell, ofOther] = [await verdictOf(well, wellEndpoint), await verdictOf(other, otherEndpoint)];
  return {
    phases: spans.map((span) => ({
      isBad: span.isBad,
      lateMs: well.receiver.arrivals.flatMap(({ occurredAt, lateMs }) =>
        occurredAt >= span.from && occurredAt < span.to ? lateMs : [],
      ),
    })),
    cores,
    seconds: (performance.now() - begunAt) / 1_000,
    wrong: [...ofWell.wrong, ...ofOther.wrong],
    lines: ofOther.lines,
  };
}

/** What sends one of a subscriber's deliveries again, each time the next one. */
async function createRedeliver(stage: Stage, { accountId, subscribe }: Subscriber): Promise<() => Promise<void>> {
  const endpointId = await subscribe();
  await stage.post(accountId, TOLD_AGAIN);
  await untilThrough(stage);
  const { rows } = await stage.sql.query<{ id: string }>('SELECT id FROM deliveries WHERE endpoint_id = $1', [
    endpointId,
  ]);
  let next = 0;
  return async () => {
    const { id } = rows[next % rows.length] ?? { id: 'none' };
    next += 1;
    await stage.redeliver(accountId, id);
  };
}

type Posting = {
  stage: Stage;
  accountId: string;
  count: number;
  rate: number;
  /** Called for each. */
  onPosted?: () => void;
};

async function postEvenly(of: Posting): Promise<void> {
  const startedAt = performance.now();
  for (let posted = 0; posted < of.count; ) {
    const due = Math.min(of.count, Math.ceil(((performance.now() - startedAt) / 1_000) * of.rate));
    if (due > posted) await of.stage.post(of.accountId, due - posted);
    for (; posted < due; posted += 1) of.onPosted?.();
    await sleep(TICK_MS);
  }
}

/** Dead for a while after a quarter of the phase: connections are refused, and those that are open cut. */
async function killInTheMiddle(receiver: Receiver, { phaseSeconds, deadForMs }: SceneOptions): Promise<void> {
  await sleep((phaseSeconds * 1_000) / 4);
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
