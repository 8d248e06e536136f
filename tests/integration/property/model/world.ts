import { isTerminal, type MissionStatus } from '@flotilla/core';

/**
 * What the database should hold, as small as it can be said. Time is counted in whole hours on a clock of each mission,
 * because the tests let it pass by moving a mission's own columns back.
 */
export type World = {
  accounts: AccountState[];
  workers: WorkerState[];
  sessions: SessionState[];
  missions: Record<number, MissionState>;
};

/** `hasTurnedAway`: a claim was refused at its limit; from then on every leave wakes. */
export type AccountState = { maxRunning: number; running: number; hasTurnedAway: boolean };

/** `slot`: which of the processes it is, or was. */
export type WorkerState = { slot: number; isAlive: boolean };

/** Each account has one. `active`: the mission that took it last, whatever has become of that. */
export type SessionState = { active: number | null };

export type MissionState = {
  account: number;
  isInSession: boolean;
  parent: number | null;
  depth: number;
  /** The missions it has started, by the call that did. */
  children: Record<string, number>;
  asks: Record<string, AskState>;
  retryOf: number | null;
  priority: number;
  hasWebhook: boolean;
  status: MissionStatus;
  code: string | null;
  output: string | null;
  attempt: number;
  /** The newest attempt that left by itself. */
  leftAttempt: number | null;
  /** Who made each attempt, from the first; the index of a worker. */
  workerOf: number[];
  tries: number;
  deaths: number;
  isStarted: boolean;
  isPaused: boolean;
  isCancelAsked: boolean;
  /** Whether a bell was handed out for the moment it is due, and need not have been answered by now. */
  isRung: boolean;
  /** Whether one that should have been was handed out for that moment. */
  wasRung: boolean;
  clock: number;
  runAfter: number;
  expiresAt: number | null;
  deadlineAt: number | null;
  events: string[];
  steps: StepState[];
  deliveries: DeliveryState[];
};

export type StepState = { attempt: number; calls: CallState[] };

/** `by`: the attempt that started it, or that has made its result; of a copy: none. */
export type CallState = { status: 'pending' | 'started' | 'completed'; by: number | null; result: string | null };

/** What a call has asked for, by its name (`step.index`). */
export type AskState = {
  kind: 'approval' | 'input';
  expiresAt: number | null;
  state: 'open' | 'answered' | 'expired';
};

export type DeliveryState = {
  status: 'pending' | 'delivered' | 'failed';
  attempt: number;
  isDue: boolean;
  isRung: boolean;
  recorded: number[];
};

/** The second account has an endpoint of its own, subscribed to these. */
export const SUBSCRIBED = ['mission.completed', 'mission.cancelled'];
export const SUBSCRIBER = 1;
export const SLOTS = 3;

export function createWorld(): World {
  return {
    accounts: [
      { maxRunning: 2, running: 0, hasTurnedAway: false },
      { maxRunning: 1, running: 0, hasTurnedAway: false },
    ],
    workers: Array.from({ length: SLOTS }, (_, slot) => ({ slot, isAlive: true })),
    sessions: [{ active: null }, { active: null }],
    missions: {},
  };
}

export function at<T>(items: { [index: number]: T }, index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}

export const missionsOf = (world: World): [number, MissionState][] =>
  Object.entries(world.missions).map(([slot, mission]) => [Number(slot), mission]);

/** The number of the next mission. */
export const nextNumber = (world: World): number => Math.max(-1, ...missionsOf(world).map(([number]) => number)) + 1;

export const isEnded = ({ status }: MissionState): boolean => isTerminal(status);

export const openAsks = ({ asks }: MissionState): [name: string, ask: AskState][] =>
  Object.entries(asks)
    .filter(([, { state }]) => state === 'open')
    .toSorted(([one], [other]) => one.localeCompare(other));

export const unfinishedChildren = (world: World, { children }: MissionState): number[] =>
  Object.values(children).filter((child) => !isEnded(at(world.missions, child)));

export const isLastStepDone = (mission: MissionState): boolean =>
  mission.steps.at(-1)?.calls.every((call) => call.status === 'completed') ?? true;
