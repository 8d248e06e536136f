import { parseSignal } from '@flotilla/core';
import { expect, it } from 'vitest';
import { readMessage, takeMessage } from './messages.ts';

const stop = (missionId: string) => JSON.stringify({ kind: 'stop', missionId });

it('fills messages to their limit, in order, and loses only what fits into none', () => {
  const ids = Array.from({ length: 100 }, (_, index) => `mis_${index}`);
  const entries = new Set([...ids.slice(0, 50), 'x'.repeat(500), ...ids.slice(50), 'mis_ü'].map(stop));
  const heard: string[] = [];
  for (let message = takeMessage(entries, 200); message !== undefined; message = takeMessage(entries, 200)) {
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(200);
    heard.push(...readMessage(parseSignal, message).map(({ missionId }) => missionId));
  }
  expect(heard).toEqual([...ids, 'mis_ü']);
  expect(entries.size).toBe(0);
});

it('passes over what a newer process says, and refuses what is no list', () => {
  expect(readMessage(parseSignal, `[{"kind":"later","x":1},${stop('mis_1')},7,{"kind":"stop"}]`)).toEqual([
    { kind: 'stop', missionId: 'mis_1' },
  ]);
  expect(() => readMessage(parseSignal, '{"kind":"stop"}')).toThrow('no list');
  expect(() => readMessage(parseSignal, '')).toThrow('JSON');
});
