import type { Broadcast, Delta, Signal } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { DELTA_MAX_CHARS, FOLLOWED_FOR_MS, FOLLOWED_MAX } from '../settings.ts';
import { createTeller } from './teller.ts';

function setup() {
  const sent: Broadcast[] = [];
  let at = 0;
  let hear: (signal: Signal) => void = () => undefined;
  const teller = createTeller({
    signals: {
      subscribe(handler) {
        hear = handler;
        return () => undefined;
      },
    },
    broadcasts: { send: (broadcast) => void sent.push(broadcast) },
    now: () => at,
  });
  const follow = (missionId: string, deltas = true) => hear({ kind: 'following', missionId, deltas });
  return { teller, sent, follow, pass: (ms: number) => (at += ms) };
}

const delta = (missionId: string, text: string): Delta => ({ missionId, step: 1, attempt: 1, try: 1, offset: 0, text });

describe('a teller', () => {
  it('says nothing of a mission that nobody follows, or has not been heard to follow for a while', () => {
    const { teller, sent, follow, pass } = setup();
    teller.events('mis_1');
    teller.delta(delta('mis_1', 'x'));
    expect(sent).toEqual([]);
    follow('mis_1');
    teller.events('mis_1');
    teller.events('mis_2');
    pass(FOLLOWED_FOR_MS);
    teller.events('mis_1');
    teller.delta(delta('mis_1', 'x'));
    expect(sent).toEqual([{ kind: 'events', missionId: 'mis_1' }]);
  });

  it('sends no deltas to those who only wait for events, and goes on for the one who wants them', () => {
    const { teller, sent, follow } = setup();
    follow('mis_1', false);
    teller.delta(delta('mis_1', 'not for them'));
    follow('mis_1', true);
    follow('mis_1', false);
    teller.delta(delta('mis_1', 'for the reader'));
    expect(sent).toEqual([{ kind: 'delta', ...delta('mis_1', 'for the reader') }]);
  });

  it('parts a long fragment so that each part fits into a message, with its place', () => {
    const { teller, sent, follow } = setup();
    follow('mis_1');
    const text = 'abc'.repeat(DELTA_MAX_CHARS);
    teller.delta({ ...delta('mis_1', text), offset: 7 });
    const deltas = sent.flatMap((broadcast) => (broadcast.kind === 'delta' ? broadcast : []));
    expect(deltas.map((part) => part.text).join('')).toBe(text);
    expect(deltas.map(({ offset }) => offset)).toEqual([7, 7 + DELTA_MAX_CHARS, 7 + 2 * DELTA_MAX_CHARS]);
  });

  it('remembers a bounded number, and those it heard of last', () => {
    const { teller, sent, follow } = setup();
    for (let index = 0; index < FOLLOWED_MAX; index += 1) follow(`mis_${index}`);
    follow('mis_0');
    follow('mis_one_more');
    for (const id of ['mis_0', 'mis_1', 'mis_one_more']) teller.events(id);
    expect(sent.map(({ missionId }) => missionId)).toEqual(['mis_0', 'mis_one_more']);
  });
});
