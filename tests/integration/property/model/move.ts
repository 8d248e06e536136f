/** A move as drawn: whom it concerns is said by numbers that always fit something. `age`: attempts ago, 0 the newest. */
export type Draw =
  | {
      kind: 'create';
      account: number;
      priority: number;
      isDelayed: boolean;
      ends: Ends;
      hasWebhook: boolean;
      isInSession: boolean;
    }
  | { kind: 'claim'; mission: number; slot: number }
  | { kind: 'respond'; mission: number; age: number; ahead: number; calls: number }
  | Each<'start_call' | 'result', { mission: number; age: number; index: number }>
  | {
      kind: 'leave';
      mission: number;
      age: number;
      to: To;
      isLater: boolean;
      asks: number;
      asksExpire: boolean;
      starts: number;
    }
  | Each<'cancel' | 'pause' | 'resume', { mission: number; via: number }>
  | { kind: 'answer'; mission: number; which: number; via: number }
  | { kind: 'copy'; mission: number; how: How; upTo: number; once: boolean; via: number }
  | Each<'beat' | 'die' | 'stop' | 'register', { slot: number }>
  | Each<Sweeps, { via: number }>
  | { kind: 'take_due'; limit: number; via: number }
  | { kind: 'settle'; mission: number; via: number }
  | { kind: 'cancel_in_bulk'; account: number; limit: number; via: number }
  | { kind: 'set_limits'; account: number; maxRunning: number; via: number }
  | { kind: 'claim_delivery'; mission: number; delivery: number; via: number }
  | { kind: 'record'; mission: number; delivery: number; age: number; next: Next; via: number }
  | Each<'time_passes' | 'delivery_time_passes', { mission: number }>;

type Each<Kind, Fields> = Kind extends string ? { kind: Kind } & Fields : never;
type Sweeps =
  | 'requeue_orphans'
  | 'end_overdue'
  | 'expire_answers'
  | 'take_due_deliveries'
  | 'wake'
  | 'wake_sessions'
  | 'wake_parents'
  | 'settle_families';
export type Ends = 'never' | 'expires' | 'deadline';
export type To = 'completed' | 'failed' | 'queued' | 'waiting';
export type How = 'start' | 'last_step' | 'fork';
export type Next = 'delivered' | 'failed' | 'retry' | 'retry_later';

/** The moves that concern one mission. */
export type Missions = Extract<Draw, { mission: number }>;
type Written = Extract<Draw, { age: number; mission: number }>;
/** A move as made: whose write it is, of which step, and what is new by it, is settled before its round begins. */
export type Move =
  | (Extract<Draw, { kind: 'create' }> & { mission: number })
  | (Extract<Draw, { kind: 'claim' }> & { worker: number })
  | (Extract<Draw, { kind: 'respond' }> & { attempt: number; number: number; via: number })
  | (Extract<Draw, { kind: 'start_call' | 'result' }> & { attempt: number; step: number; via: number })
  | (Extract<Draw, { kind: 'leave' }> & { attempt: number; step: number; children: number[]; via: number })
  | (Extract<Draw, { kind: 'record' }> & { attempt: number; via: number })
  | (Extract<Draw, { kind: 'answer' }> & { ask: string })
  | (Extract<Draw, { kind: 'copy' }> & { number: number })
  | (Extract<Draw, { kind: 'beat' | 'die' | 'stop' }> & { worker: number })
  | Exclude<Draw, Written | { kind: 'create' | 'claim' | 'answer' | 'copy' | 'beat' | 'die' | 'stop' }>;

export function isOfMission(one: Draw): one is Missions {
  return 'mission' in one;
}

/** Moves of several statements: what comes in between those is what the other moves are for. */
const OF_SEVERAL = new Set<Draw['kind']>(['settle', 'settle_families', 'cancel_in_bulk', 'set_limits']);

export const isMadeAlone = ({ kind }: Draw): boolean => OF_SEVERAL.has(kind);
