/** A move as drawn: whom it concerns is said by numbers that always fit something. `age`: attempts ago, 0 the newest. */
export type Draw =
  | { kind: 'create'; account: number; priority: number; isDelayed: boolean; ends: Ends; hasWebhook: boolean }
  | { kind: 'claim'; mission: number; slot: number }
  | { kind: 'respond'; mission: number; age: number; ahead: number; calls: number }
  | Each<'start_call' | 'result', { mission: number; age: number; index: number }>
  | { kind: 'leave'; mission: number; age: number; to: To; isLater: boolean }
  | Each<'cancel' | 'pause' | 'resume', { mission: number; via: number }>
  | Each<'beat' | 'die' | 'stop' | 'register', { slot: number }>
  | Each<'requeue_orphans' | 'end_overdue' | 'wake', { via: number }>
  | { kind: 'take_due'; limit: number; via: number }
  | { kind: 'claim_delivery'; mission: number; delivery: number; via: number }
  | { kind: 'record'; mission: number; delivery: number; age: number; next: Next; via: number }
  | Each<'time_passes' | 'delivery_time_passes', { mission: number }>;

type Each<Kind, Fields> = Kind extends string ? { kind: Kind } & Fields : never;
export type Ends = 'never' | 'expires' | 'deadline';
export type To = 'completed' | 'failed' | 'queued';
export type Next = 'delivered' | 'failed' | 'retry' | 'retry_later';

/** The moves that concern one mission. */
export type Missions = Extract<Draw, { mission: number }>;
type Written = Extract<Draw, { age: number; mission: number }>;
/** A move as made: whose write it is, and of which step, is settled before its round begins. */
export type Move =
  | (Extract<Draw, { kind: 'create' }> & { mission: number })
  | (Extract<Draw, { kind: 'claim' }> & { worker: number })
  | (Extract<Draw, { kind: 'respond' }> & { attempt: number; number: number; via: number })
  | (Extract<Draw, { kind: 'start_call' | 'result' }> & { attempt: number; step: number; via: number })
  | (Extract<Draw, { kind: 'leave' | 'record' }> & { attempt: number; via: number })
  | (Extract<Draw, { kind: 'beat' | 'die' | 'stop' }> & { worker: number })
  | Exclude<Draw, Written | { kind: 'create' | 'claim' | 'beat' | 'die' | 'stop' }>;

export function isOfMission(one: Draw): one is Missions {
  return 'mission' in one;
}
