import type { Answered, EarlierMission, MissionSpec, ProviderName, Role, Step, Summary } from '@flotilla/core';
import type { Sleep } from './abortable.ts';
import type { AgentPool, CompiledAgent } from './agent-pool.ts';
import type { Budget } from './budget/budget.ts';
import type { Reservations } from './budget/reservations.ts';
import type { Journal } from './journal.ts';
import type { CallContext, Provider } from './provider.ts';
import type { Repeats } from './repeats.ts';
import type { ResponseCache } from './response-cache.ts';
import type { Secrets } from './secrets.ts';
import type { StepTries } from './step-tries.ts';
import type { Stop } from './stop.ts';
import { StoppedError } from './stop.ts';
import type { OutputRule, OutputRules } from './structured-output.ts';
import type { Addresses } from './untrusted/addresses.ts';
import type { UntrustedWatch } from './untrusted/watch.ts';

/** All that a mission needs to be run. */
export type MissionInput = {
  missionId: string;
  /** The claim under which it is run, for the journal and the logs of what is called. */
  attempt: number;
  spec: MissionSpec;
  /** The journal so far, oldest first. */
  steps: readonly Step[];
  /** What the missions of its session have said before it, oldest first. */
  earlier?: readonly EarlierMission[];
  /** Untrusted content has come up in its session before. Default: false. */
  isSessionUntrusted?: boolean;
  /** The newest of the summaries it has made. */
  summary?: Summary | null;
  /** What a mission that had parked was answered, for the calls of its last step. */
  answers?: readonly Answered[];
  /** Missions above it, and children it has started so far; 0 where not given. */
  depth?: number;
  childCount?: number;
  /** What it may spend; absent: nothing limits that. */
  budget?: Budget;
  /** Goes already spent on the next step, by earlier runs; and since how long its provider has been failing it. */
  tries: number;
  failingForMs: number | null;
  /** How long a provider that is down, overloaded or limits the mission is waited for; `PROVIDER_PATIENCE_MS`. */
  patienceMs?: number;
  /** Those of other missions on this worker, to be used again. */
  outputRules?: OutputRules;
  providers: (name: ProviderName) => Provider | undefined;
  /** Replies that were given before to the same questions; without one, every question is asked. */
  responses?: ResponseCache;
  /** What its roles are played with, here and in other missions of this process. */
  agents: AgentPool;
  /** What tools may be told beside their arguments. Absent: nothing. */
  secrets?: Secrets;
  journal: Journal;
  stop: Stop;
  /** Asked before every model call and tool start. `false`: the mission is no longer ours, and the run ends fenced. */
  isLeaseLive?: () => boolean;
  /**
   * Given each fragment of text as it arrives. A reply that fails later is not taken back: one that begins, with `offset`
   * 0, takes the place of what came before it in the same step.
   */
  onText?: (delta: string, place: CallContext & { offset: number }) => void;
  /** Told of errors that are none of the known ones, and of the step they came up in, for the log. The run goes on. */
  onUnexpected?: (error: unknown, at: Pick<CallContext, 'step'>) => void;
  random?: () => number;
  sleep?: Sleep;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

/** What the parts of one run share. */
export type RunContext = Omit<MissionInput, 'tries' | 'failingForMs'> & {
  /** Aborts when in-flight calls are to end: the mission was stopped, or the run has failed elsewhere. */
  signal: AbortSignal;
  /** The same of the whole run, where `signal` is that of a part which may end sooner. */
  runSignal: AbortSignal;
  /** The run cannot go on: ends all that is in flight. */
  abandon(error: unknown): void;
  /** The goes at the step at hand; a stopped mission takes them along. */
  tries: StepTries;
  untrusted: UntrustedWatch;
  addresses: Addresses;
  reservations: Reservations;
};

/**
 * What the parts of one step share: `role` is the stage it belongs to, which has a model and tools of its own, and
 * `agent` what it is played with; `outputRule` is what the stage's answer has to be, `repeats` the calls its steps have
 * made over and over.
 */
export type LoopContext = RunContext & {
  role: Role;
  /** The place of the stage in its chain, from 0. */
  chainStage: number;
  agent: CompiledAgent;
  outputRule: OutputRule | null;
  repeats: Repeats;
};

/** A boundary: nothing is in flight, so a mission that was told to stop, in whatever way, stops here. */
export function stopAtBoundary({ stop }: RunContext): void {
  if (stop.reason) throw new StoppedError(stop.reason);
}

/** Before anything with an effect: neither stopped at once, nor past a lease that has run out. */
export function assertOurs({ stop, signal, isLeaseLive }: LoopContext): void {
  if (isLeaseLive?.() === false) stop.request('fenced');
  signal.throwIfAborted();
}
