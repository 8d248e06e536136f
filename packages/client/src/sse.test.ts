import { expect, it } from 'vitest';
import { createEventParser } from './sse.ts';

const TEXT =
  'retry: 1000\n\nid: 1\nevent: mission.queued\ndata: {"a":1}\n\n: keep-alive\n\nevent: delta\ndata:{"text":"é"}\n\nid: 2\r\ndata: one\r\ndata: two\r\n\r\nevent: nothing\n\n';
const EVENTS = [
  { id: '1', event: 'mission.queued', data: '{"a":1}' },
  { id: null, event: 'delta', data: '{"text":"é"}' },
  { id: '2', event: 'message', data: 'one\ntwo' },
];

it('reads events whatever pieces they arrive in', () => {
  for (let size = 1; size <= TEXT.length; size += 1) {
    const parser = createEventParser();
    const pieces = TEXT.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(EVENTS);
  }
});

it('gives out no half of an event that broke off', () => {
  expect(createEventParser().push('id: 3\nevent: mission.completed\ndata: {"sequ')).toEqual([]);
});
