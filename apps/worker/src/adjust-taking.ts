import type { Consumer } from '@flotilla/queue';

type Pausable = Pick<Consumer, 'pause' | 'resume'>;

/** Whom an operator, and whom a late event loop, keeps from taking. */
export type Taking = { missions: readonly Pausable[]; deliveries: Pausable | undefined };

/**
 * Only missions are left to others while the loop is late. A delivery is one small request with slots of its own, and is
 * owed for work that is done: to hold it back would free nothing, and keep its receiver waiting.
 */
export function adjustTaking(
  { missions, deliveries }: Taking,
  { isHeldBack, isLate }: { isHeldBack: boolean; isLate: boolean },
): void {
  for (const consumer of missions) hold(consumer, isHeldBack || isLate);
  if (deliveries) hold(deliveries, isHeldBack);
}

function hold(consumer: Pausable, isHeld: boolean): void {
  if (isHeld) consumer.pause();
  else consumer.resume();
}
