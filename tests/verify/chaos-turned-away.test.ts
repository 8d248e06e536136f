import { expect, it } from 'vitest';
import { judgeTurnedAway } from '../chaos/turned-away.ts';
import type { CallEnd, WitnessLine } from '../chaos/witness/log.ts';

const RETRY_AFTER_MS = 2_000;

/** Calls of one step of a mission, begun at these times; all but the last are turned away. */
function callsOf(ref: string, times: number[]): WitnessLine[] {
  return times.flatMap((at, index): WitnessLine[] => {
    const call = at * 10 + ref.length;
    const end: CallEnd = index < times.length - 1 ? 'refused' : 'completed';
    return [
      { kind: 'model', call, at, ref, step: 1, worker: 'a', port: 1 },
      { kind: 'model_end', call, at: at + 1, end },
    ];
  });
}

it('who comes when it was told to, or later, has heeded the provider; others come when they like', () => {
  const lines = [...callsOf('m1', [0, 2_001, 5_000, 7_100]), ...callsOf('other', [100])];
  expect(judgeTurnedAway(lines, RETRY_AFTER_MS)).toEqual({ goes: 3, problems: [] });
});

it('who comes sooner has not, whichever time it is turned away', () => {
  const { problems } = judgeTurnedAway(callsOf('m1', [0, 2_100, 3_000]), RETRY_AFTER_MS);
  expect(problems).toEqual(['too early: m1 model 1 by a, 1101 ms before its time']);
});
