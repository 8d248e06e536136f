import { describe, expect, it } from 'vitest';
import { canMove, isTerminal, MISSION_STATUSES, type Move, TRANSITIONS } from './transitions.ts';

const moves = Object.keys(TRANSITIONS).filter((name): name is Move => name in TRANSITIONS);

describe('the life of a mission', () => {
  it('has no way out of its end', () => {
    for (const from of MISSION_STATUSES.filter(isTerminal)) {
      for (const to of MISSION_STATUSES) {
        expect(moves.filter((move) => canMove(move, from, to))).toEqual([]);
      }
    }
  });

  it('starts running by a claim alone, and only from the queue', () => {
    const ways = moves.flatMap((move) =>
      MISSION_STATUSES.filter((from) => canMove(move, from, 'running')).map((from) => `${move} from ${from}`),
    );
    expect(ways).toEqual(['claim from queued']);
  });

  it('can be ended by a cancel wherever it is not already over', () => {
    for (const from of MISSION_STATUSES.filter((status) => !isTerminal(status))) {
      const way: Move = from === 'running' ? 'finish' : 'cancel';
      expect(canMove(way, from, 'cancelled')).toBe(true);
    }
  });
});
