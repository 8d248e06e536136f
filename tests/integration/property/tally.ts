import { isDeepStrictEqual } from 'node:util';
import type { Move } from './model/move.ts';
import type { Outcome } from './model/play.ts';

/** How often each kind of move was made, and how often it came to something. */
export type Tally = {
  count(move: Move, outcome: Outcome): void;
  /** Those that never were. */
  missing(): string[];
  toString(): string;
};

/** Every move, and what comes of the commonest, as `count` names it. */
const WANTED = [
  'create',
  'claim',
  'respond',
  'start_call',
  'result',
  'beat',
  'stop',
  'register',
  'die',
  'leave to completed',
  'leave to failed',
  'leave to queued',
  'leave to waiting',
  'leave fenced',
  'leave with children',
  'leave with asks',
  'cancel: cancelled',
  'cancel: asked',
  'pause: paused',
  'resume: resumed',
  'answer: answered',
  'answer: no_such_ask',
  'copy start',
  'copy last_step',
  'copy fork',
  'requeue_orphans',
  'end_overdue',
  'expire_answers',
  'take_due',
  'take_due_deliveries',
  'wake',
  'wake_sessions',
  'wake_parents',
  'settle',
  'settle_families',
  'cancel_in_bulk',
  'set_limits',
  'claim_delivery',
  'record',
  'time_passes',
  'delivery_time_passes',
];

/** What comes back where nothing came of it. */
const NOTHING: unknown[] = ['not_ours', 'fenced', {}, [], false, { rung: [], owed: 0, asked: [] }];

export function createTally(): Tally {
  const counts = new Map(WANTED.map((name) => [name, 0]));
  const add = (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    count(move, outcome) {
      for (const name of namesOf(move, outcome)) add(name);
    },
    missing: () => [...counts].flatMap(([name, count]) => (count === 0 ? name : [])),
    toString: () => [...counts].map(([name, count]) => `${name} ${count}`).join(', '),
  };
}

function namesOf(move: Move, outcome: Outcome): string[] {
  const { kind, status } = Object(outcome);
  switch (move.kind) {
    case 'leave':
      if (outcome === 'fenced') return ['leave fenced'];
      if (status !== 'waiting' || move.to !== 'waiting') return [`leave to ${status}`];
      return [
        'leave to waiting',
        ...(move.children.length > 0 ? ['leave with children'] : []),
        ...(move.asks > 0 ? ['leave with asks'] : []),
      ];
    case 'cancel':
    case 'pause':
    case 'resume':
    case 'answer':
      return [`${move.kind}: ${kind}`];
    case 'copy':
      return [`copy ${move.how}`, `copy ${move.how}: ${kind}`];
    case 'claim_delivery':
      return outcome === null ? [] : [move.kind];
    default:
      // What finds nothing to do was made too; how often it found something is told beside it.
      return [
        move.kind,
        ...(NOTHING.some((nothing) => isDeepStrictEqual(nothing, outcome)) ? [] : [`${move.kind} that did something`]),
      ];
  }
}
