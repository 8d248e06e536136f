import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../harness/wait-for.ts';
import type { Check, Scenario } from './scenario.ts';
import type { Backend } from './stage/backend.ts';
import type { MissionView } from './stage/client.ts';
import { type Load, startLoad } from './stage/load.ts';
import type { Servers } from './stage/servers.ts';
import { openDatabase, openStage, type Stage } from './stage/stage.ts';
import { judge, recoverySeconds } from './verdict.ts';

/** A line of the table, and of `.results/chaos.json`. */
export type Row = {
  scenario: string;
  backend: Backend;
  missions: number;
  faults: number;
  recoverySeconds: number;
  lost: number;
  repeated: number;
  webhooksMissing: number;
  auditViolations: number;
};
export type Played = {
  row: Row;
  /** Missions that had not ended when the faults began. */
  inFlight: number;
  inFlightRepeats: number;
  problems: string[];
  tookSeconds: number;
};

const DEFAULT_LOAD: Load = { burst: 200, perSecond: 12, steps: 3, latencyMs: [500, 3_000] };
/** For machines that do other things too. */
const SHORT_LOAD: Partial<Load> = { burst: 150, perSecond: 6, steps: 2, latencyMs: [500, 2_000] };
/** Fewer are no load to speak of. */
const IN_FLIGHT_AT_LEAST = 100;
const IN_FLIGHT_WITHIN_MS = 20_000;
const UNDER_WAY_AFTER_MS = 3_000;
const UNDER_WAY_AFTER_MS_SHORT = 1_500;
const CONVERGES_WITHIN_SECONDS = 90;
/** What a user is told to do with a 503. */
const READS_WITHIN_MS = 30_000;

/** Load → faults → heal → everything must end → the witnesses, the client and the audit are heard. */
export async function playScenario(
  servers: Servers,
  options: { scenario: Scenario; backend: Backend; seed: number; dir: string; isShort: boolean },
): Promise<Played> {
  const { scenario, backend } = options;
  const startedAt = performance.now();
  await using stage = await openStage(servers, { ...options, setting: scenario, name: scenario.name });
  const load = startLoad({
    client: stage.client,
    load: { ...DEFAULT_LOAD, ...(options.isShort && SHORT_LOAD), ...scenario.load },
    receiverUrl: stage.receiverUrl,
  });
  let check: Check = () => [];
  let inFlight = 0;
  try {
    await sleep(options.isShort ? UNDER_WAY_AFTER_MS_SHORT : UNDER_WAY_AFTER_MS);
    inFlight = await untilInFlight(stage);
    check = (await scenario.inject(stage)) ?? check;
  } finally {
    await load.stop();
  }
  const healedAt = stage.healedAt();
  const postedBefore = new Set(stage.client.posted().flatMap(({ ref, at }) => (at <= healedAt ? [ref] : [])));
  const openAtHeal = (await openMissions(stage)).filter((ref) => postedBefore.has(ref));
  const problems = [
    ...(stage.faults.length === 0 ? ['void: no fault took effect'] : []),
    ...(inFlight < IN_FLIGHT_AT_LEAST ? [`void: only ${inFlight} missions were in flight`] : []),
    ...(openAtHeal.length === 0 ? ['void: the workload was over when the faults ended'] : []),
    ...(await converge(stage, scenario.convergesWithin ?? CONVERGES_WITHIN_SECONDS)),
  ];
  const findings = (await audit(stage)).filter(({ count }) => count > 0);
  problems.push(...findings.map(({ name, count, examples }) => `audit: ${name} ${count} (${examples.join(', ')})`));

  const accepted = stage.client.accepted();
  const ends = await readEnds(stage);
  const logs = await Promise.all([stage.models, stage.sink, stage.receiver].map((witness) => witness.read()));
  const hurt = scenario.links?.includes('model-server') ? stage.link('model-server').hurt() : [];
  const lines = [...logs.flat(), ...hurt.map((connection) => ({ kind: 'hurt' as const, ...connection }))];
  const verdict = judge({ lines, accepted, ends, mayEnd: scenario.mayEnd ?? ['completed'] });
  problems.push(...verdict.problems, ...check(ends, lines));
  const { lost, repeated, webhooksMissing, inFlightRepeats } = verdict;
  const played: Played = {
    row: {
      scenario: scenario.name,
      backend,
      missions: accepted.length,
      faults: stage.faults.length,
      recoverySeconds: recoverySeconds({ lines, openAtHeal, healedAt }),
      lost,
      repeated,
      webhooksMissing,
      auditViolations: findings.reduce((sum, { count }) => sum + count, 0),
    },
    inFlight,
    inFlightRepeats,
    problems,
    tookSeconds: Math.round((performance.now() - startedAt) / 1_000),
  };
  const report = { ...played, seed: options.seed, faults: stage.faults, healedAt, posts: stage.client.posted() };
  await writeFile(join(stage.dir, 'report.json'), JSON.stringify(report, null, 1));
  return played;
}

/** A busy machine takes a while to accept them. @returns how many there are in the end */
async function untilInFlight(stage: Stage): Promise<number> {
  const end = performance.now() + IN_FLIGHT_WITHIN_MS;
  for (;;) {
    const { length } = await openMissions(stage);
    if (length >= IN_FLIGHT_AT_LEAST || performance.now() > end) return length;
    await sleep(100);
  }
}

/** Missions that have not ended, by what the client called them. */
async function openMissions({ postgres, databaseUrl }: Stage): Promise<string[]> {
  const rows = await postgres.query<{ ref: string }>(
    databaseUrl,
    `SELECT metadata->>'ref' AS ref FROM missions WHERE finished_at IS NULL`,
  );
  return rows.map(({ ref }) => ref);
}

/** Waits until nothing is left to do. @returns what is, when the time is over */
async function converge({ postgres, databaseUrl }: Stage, seconds: number): Promise<string[]> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const [left] = await postgres.query<{ missions: number; deliveries: number }>(
      databaseUrl,
      `SELECT (SELECT count(*)::int FROM missions WHERE finished_at IS NULL) AS missions,
              (SELECT count(*)::int FROM deliveries WHERE status = 'pending') AS deliveries`,
    );
    if (left?.missions === 0 && left.deliveries === 0) return [];
    if (performance.now() > end) return [`not over ${seconds} s after the heal: ${JSON.stringify(left)}`];
    await sleep(250);
  }
}

async function audit({ databaseUrl }: Stage) {
  const db = openDatabase(databaseUrl);
  try {
    return await db.audit();
  } finally {
    await db.close();
  }
}

async function readEnds({ client }: Stage): Promise<Map<string, MissionView | null>> {
  const ends = new Map<string, MissionView | null>();
  const left = client.accepted();
  const readers = Array.from({ length: 20 }, async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { ref, id } = next;
      const read = async () => ({ mission: await client.read(id) });
      ends.set(ref, (await waitFor(read, { what: `an answer about ${ref}`, timeoutMs: READS_WITHIN_MS })).mission);
    }
  });
  await Promise.all(readers);
  return ends;
}
