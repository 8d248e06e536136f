import { createStop } from '@flotilla/agent';
import { describe, expect, it } from 'vitest';
import { createInHand } from './in-hand.ts';

describe('a stop that comes while the reply of a claim is on its way', () => {
  it('reaches the mission once it is in hand', () => {
    const inHand = createInHand();
    const stopExpecting = inHand.expect('mis_1');
    expect(inHand.holds('mis_1')).toBe(true);
    inHand.stop('mis_1', 3, 'cancel');
    const stop = createStop();
    inHand.add('mis_1', { attempt: 3, stop });
    stopExpecting();
    expect(stop.reason).toBe('cancel');
  });

  it('is not for a later attempt, nor kept for a mission that was not to be had', () => {
    const inHand = createInHand();
    const stopExpecting = inHand.expect('mis_1');
    inHand.stop('mis_1', 3, 'cancel');
    const other = createStop();
    inHand.add('mis_1', { attempt: 4, stop: other });
    inHand.remove('mis_1', 4);
    stopExpecting();
    expect(other.reason).toBeNull();
    expect(inHand.holds('mis_1')).toBe(false);
    inHand.stop('mis_2', 1, 'cancel');
    expect(inHand.holds('mis_2')).toBe(false);
  });
});
