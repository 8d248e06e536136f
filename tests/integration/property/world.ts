import type { MissionStatus } from '@flotilla/core';

/**
 * What the database should hold, as small as it can be said. Time is counted in whole hours on a clock of each mission,
 * because the tests let it pass by moving a mission's own columns back.
 */
export type World = { accounts: AccountState[]; workers: WorkerState[]; missions: Record<number, MissionState> };

/** `hasTurnedAway`: a claim was refused at its limit; from then on every leave wakes. */
export type AccountState = { maxRunning: number; running: number; hasTurnedAway: boolean };

/** `slot`: which of the processes it is, or was. */
export type WorkerState = { slot: number; isAlive: boolean };

export type MissionState = {
  account: number;
  priority: number;
  hasWebhook: boolean;
  status: MissionStatus;
  code: string | null;
  output: string | null;
  attempt: number;
  /** Who made each attempt, from the first; the index of a worker. */
  workerOf: number[];
  tries: number;
  deaths: number;
  isStarted: boolean;
  isPaused: boolean;
  isCancelAsked: boolean;
  /** Whether a bell was handed out for the moment it is due. */
  isRung: boolean;
  clock: number;
  runAfter: number;
  expiresAt: number | null;
  deadlineAt: number | null;
  events: string[];
  steps: StepState[];
  deliveries: DeliveryState[];
};

export type StepState = { attempt: number; calls: CallState[] };

/** `by`: the attempt that started it, or whose result it holds. */
export type CallState = { status: 'pending' | 'started' | 'completed'; by: number | null };

export type DeliveryState = {
  status: 'pending' | 'delivered' | 'failed';
  attempt: number;
  isDue: boolean;
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

export const isLastStepDone = (mission: MissionState): boolean =>
  mission.steps.at(-1)?.calls.every((call) => call.status === 'completed') ?? true;
