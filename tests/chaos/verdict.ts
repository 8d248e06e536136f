import { LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { MissionView } from './stage/client.ts';
import type { ModelLine, ToolLine, WebhookLine, WitnessLine } from './witness/log.ts';

/** How long a reply may lie unread on a busy machine; and how long a port is known to be a connection's. */
const ON_THE_WIRE_MS = 1_000;
const PORT_KEPT_MS = 60_000;

/** Tool calls of one step are made side by side. */
const ONE_BURST_MS = 500;
/** How soon a worker that stood still says its last words once it goes on. */
const WAKES_WITHIN_MS = 5_000;

export type Verdict = {
  /** Accepted missions that do not exist or have not ended as they should. */
  lost: number;
  /** Calls that must not have been made, see `countRepeated`. */
  repeated: number;
  /** Calls cut off by a fault and made again; allowed, one step for each take-over. */
  inFlightRepeats: number;
  webhooksMissing: number;
  /** What else is wrong. */
  problems: string[];
};

/** Judged by what the witnesses saw and the client was told; the database is not asked. */
export function judge(options: {
  lines: readonly WitnessLine[];
  accepted: readonly { ref: string; id: string }[];
  ends: ReadonlyMap<string, MissionView | null>;
  mayEnd: readonly string[];
}): Verdict {
  const { lines, accepted, ends, mayEnd } = options;
  const lost = accepted.filter(({ ref }) => !mayEnd.includes(ends.get(ref)?.status ?? 'gone'));
  const wrong = accepted.filter(({ ref }) => {
    const end = ends.get(ref);
    return end?.status === 'completed' && end.output !== `done ${ref}`;
  });
  const webhooks = lines.filter((line) => line.kind === 'webhook');
  const missing = accepted.filter(({ ref, id }) => {
    const type = `mission.${ends.get(ref)?.status}`;
    return !webhooks.some((hook) => hook.missionId === id && hook.type === type && hook.accepted);
  });
  const { repeated, inFlight, problems } = countRepeated(lines, ends);
  return {
    lost: lost.length,
    repeated,
    inFlightRepeats: inFlight,
    webhooksMissing: missing.length,
    problems: [
      ...lost.slice(0, 5).map(({ ref, id }) => `lost: ${ref} ${id} is ${describe(ends.get(ref))}`),
      ...wrong.map(({ ref }) => `${ref} ended with another's output`),
      ...missing.slice(0, 5).map(({ ref, id }) => `no webhook for ${ref} ${id}`),
      ...judgeWebhooks(webhooks),
      ...problems,
    ],
  };
}

function describe(end: MissionView | null | undefined): string {
  return end ? `${end.status} (attempt ${end.attempt}, ${end.statusReason?.code ?? 'no code'})` : 'gone';
}

function judgeWebhooks(webhooks: readonly WebhookLine[]): string[] {
  const unsigned = webhooks.filter((hook) => !hook.verified).length;
  const ids = Map.groupBy(webhooks, (hook) => `${hook.missionId} ${hook.type}`);
  const several = [...ids].filter(([, hooks]) => new Set(hooks.map((hook) => hook.id)).size > 1);
  return [
    ...(unsigned > 0 ? [`${unsigned} webhooks whose signature does not verify`] : []),
    ...several.slice(0, 5).map(([name]) => `several webhook ids for ${name}`),
  ];
}

type Call = {
  ref: string;
  step: number;
  phase: 'model' | 'tool';
  name: string;
  at: number;
  once: boolean;
  worker: string;
  /** Its connection was broken before its reply was read: it may be made again in place. */
  wasBroken: boolean;
};

/**
 * A call must not be made again once it was seen to be committed: a model call, when a tool of its step ran or the next
 * step began; a tool call, when the next step began. One that was cut off may be made again after a take-over, and
 * then only one step's. One of a tool that must not be repeated is made at most once, ever.
 */
function countRepeated(lines: readonly WitnessLine[], ends: ReadonlyMap<string, MissionView | null>) {
  const all = callsOf(lines);
  const byRef = Map.groupBy(all, (call) => call.ref);
  const problems: string[] = [];
  let repeated = 0;
  let inFlight = 0;
  for (const [ref, calls] of byRef) {
    const units = new Map<string, number>();
    for (const [name, same] of Map.groupBy(calls, (call) => call.name)) {
      const [first, ...again] = same.toSorted((a, b) => a.at - b.at);
      if (!first || again.length === 0) continue;
      const committedAt = Math.min(...calls.filter((call) => provesCommit(call, first)).map((call) => call.at));
      const late = again.filter((call) => call.at > committedAt);
      const forbidden = first.once ? again : late.filter((call) => !isLastWordOfZombie(call, calls, all));
      repeated += forbidden.length;
      for (const call of forbidden) problems.push(`repeated: ${ref} ${name} by ${call.worker}`);
      const unit = `${first.phase} ${first.step}`;
      const broken = same.filter((call) => call.wasBroken).length;
      units.set(unit, Math.max(units.get(unit) ?? 0, again.length - forbidden.length - broken));
    }
    const cutOff = [...units.values()].reduce((sum, count) => sum + count, 0);
    inFlight += cutOff;
    const takeOvers = Math.max(0, (ends.get(ref)?.attempt ?? Number.POSITIVE_INFINITY) - 1);
    if (cutOff > takeOvers) {
      repeated += cutOff - takeOvers;
      problems.push(`${ref}: ${cutOff} steps were made again after ${takeOvers} take-overs`);
    }
  }
  return { repeated, inFlight, problems: problems.slice(0, 20) };
}

/**
 * A worker that was stopped in the middle of making a call makes it when it wakes, before it can learn that its lease has
 * run out: the call was decided on while the mission was still its own. That is the one step a take-over may repeat: it
 * goes on from where that worker had come to, others have called since, and nothing else of that worker follows. Where
 * it had come to nothing yet with this mission, it must be seen to have stood still for a lease.
 */
function isLastWordOfZombie(call: Call, calls: readonly Call[], all: readonly Call[]): boolean {
  const own = calls.filter(({ worker }) => worker === call.worker);
  const before = own.filter(({ at }) => at < call.at - ONE_BURST_MS);
  const after = own.filter((other) => other.at >= call.at - ONE_BURST_MS);
  const isOneStep = after.every(({ step, phase }) => step === call.step && phase === call.phase);
  const lastAt = Math.max(...before.map(({ at }) => at));
  const wasTakenOver = calls.some(({ worker, at }) => worker !== call.worker && at > lastAt && at < call.at);
  if (!isOneStep || !wasTakenOver) return false;
  if (before.length === 0) return stoodStill(call, all);
  const reached = Math.max(...before.map(({ step }) => step));
  return call.step === reached || call.step === reached + 1;
}

function stoodStill({ worker, at }: Call, all: readonly Call[]): boolean {
  const times = all
    .flatMap((call) => (call.worker === worker && call.at <= at ? [call.at] : []))
    .toSorted((a, b) => a - b);
  return times.some((time, index) => {
    const previous = times[index - 1];
    return previous !== undefined && time - previous >= LEASE_EXPIRES_AFTER_MS && at - time <= WAKES_WITHIN_MS;
  });
}

function provesCommit(call: Call, of: Call): boolean {
  return call.step > of.step || (of.phase === 'model' && call.phase === 'tool' && call.step === of.step);
}

/** Calls that had an effect or may have had one: what a witness refused or stalled on purpose is the worker's to repeat. */
function callsOf(lines: readonly WitnessLine[]): Call[] {
  const ends = lines.filter((line) => line.kind === 'model_end');
  const misbehaved = new Set(ends.flatMap(({ end, call }) => (end === 'refused' || end === 'stalled' ? [call] : [])));
  const endedAt = new Map(ends.map(({ call, at }) => [call, at]));
  const hurt = Map.groupBy(
    lines.filter((line) => line.kind === 'hurt'),
    ({ port }) => port,
  );
  const wasBroken = ({ call, at, port }: { call: number; at: number; port: number }) =>
    (hurt.get(port) ?? []).some(
      (broken) =>
        at < broken.at + PORT_KEPT_MS && (endedAt.get(call) ?? Number.POSITIVE_INFINITY) > broken.at - ON_THE_WIRE_MS,
    );
  const models = lines.filter((line): line is Extract<ModelLine, { kind: 'model' }> => line.kind === 'model');
  const tools = lines.filter((line): line is ToolLine => line.kind === 'tool');
  return [
    ...models
      .filter(({ call }) => !misbehaved.has(call))
      .map(({ ref, step, at, worker, call, port }) => ({
        ref,
        step,
        phase: 'model' as const,
        name: `model ${step}`,
        at,
        once: false,
        worker,
        wasBroken: wasBroken({ call, at, port }),
      })),
    ...tools.map(({ ref, step, index, at, worker, idempotent }) => ({
      ref,
      step,
      phase: 'tool' as const,
      name: `tool ${step}.${index}`,
      at,
      once: !idempotent,
      worker,
      wasBroken: false,
    })),
  ];
}

/**
 * Seconds from the heal to the last first sign of life: every mission that had not ended by then must be heard of again,
 * by a witness. Missions accepted after it do not count.
 */
export function recoverySeconds(options: {
  lines: readonly WitnessLine[];
  openAtHeal: readonly string[];
  healedAt: number;
}): number {
  const signs = new Map<string, number>();
  for (const line of options.lines) {
    if (line.kind === 'model_end' || line.kind === 'hurt' || line.at <= options.healedAt) continue;
    const before = signs.get(line.ref) ?? Number.POSITIVE_INFINITY;
    signs.set(line.ref, Math.min(before, line.at));
  }
  const last = Math.max(options.healedAt, ...options.openAtHeal.map((ref) => signs.get(ref) ?? options.healedAt));
  return Math.round((last - options.healedAt) / 100) / 10;
}
