/**
 * The life of a mission. Everything that may change a status is in this table; `db` has one compare-and-set per move,
 * and a move that changes no row has lost: somebody else moved first, and the loser stops.
 *
 * ```
 *   queued ──claim──▶ running ──finish──▶ completed | failed | cancelled
 *     ▲ ▲               │ │
 *     │ └───release─────┘ │            release: retry later, drain, or the worker died
 *     └──answer── waiting ◀──park──┘   park: for an approval, an input, a budget, children
 * ```
 *
 * A client's cancel ends a queued or waiting mission at once. On a running one it leaves its mark
 * (`cancelRequestedAt`), which release, park, finish and claim read in the same statement: a cancel that was
 * committed first always ends cancelled. Expiry ends what was never started.
 * Completed, failed and cancelled are terminal: there is no way out. Asking again is a new mission.
 */
export const MISSION_STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type MissionStatus = (typeof MISSION_STATUSES)[number];

export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly MissionStatus[];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export type Move = 'claim' | 'finish' | 'release' | 'park' | 'answer' | 'cancel' | 'expire';

type Transition = { from: readonly MissionStatus[]; to: readonly MissionStatus[] };

export const TRANSITIONS = {
  claim: { from: ['queued'], to: ['running'] },
  finish: { from: ['running'], to: ['completed', 'failed', 'cancelled'] },
  release: { from: ['running'], to: ['queued', 'failed', 'cancelled'] },
  park: { from: ['running'], to: ['waiting', 'cancelled'] },
  answer: { from: ['waiting'], to: ['queued'] },
  cancel: { from: ['queued', 'waiting'], to: ['cancelled'] },
  expire: { from: ['queued', 'waiting'], to: ['failed'] },
} as const satisfies Record<Move, Transition>;

export function isTerminal(status: MissionStatus): status is TerminalStatus {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/** Whether `move` may take a mission from one status to the other. */
export function canMove(move: Move, from: MissionStatus, to: MissionStatus): boolean {
  const transition: Transition = TRANSITIONS[move];
  return transition.from.includes(from) && transition.to.includes(to);
}
