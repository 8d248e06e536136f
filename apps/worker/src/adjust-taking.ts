import type { Consumer } from '@flotilla/queue';

type Pausable = Pick<Consumer, 'pause' | 'resume'>;

/** Whom an operator, a late event loop or the want of a lease keeps from taking. */
export type Taking = { missions: readonly Pausable[]; deliveries: Pausable | undefined };

export type Hindrances = { isHeldBack: boolean; isLate: boolean; hasLease: boolean };

/**
 * Only missions are left to others while the loop is late. A delivery is one small request with slots of its own, and is
 * owed for work that is done: to hold it back would free nothing, and keep its receiver waiting.
 *
 * Without a lease no mission can be claimed: a bell that was taken all the same would be gone, and its mission would lie
 * behind all that are POSTed until the sweep finds it. A delivery needs no lease.
 */
export function adjustTaking({ missions, deliveries }: Taking, { isHeldBack, isLate, hasLease }: Hindrances): void {
  for (const consumer of missions) hold(consumer, isHeldBack || isLate || !hasLease);
  if (deliveries) hold(deliveries, isHeldBack);
}

function hold(consumer: Pausable, isHeld: boolean): void {
  if (isHeld) consumer.pause();
  else consumer.resume();
}
