import { expect, it } from 'vitest';
import type { EventHub, Reader } from './event-hub.ts';
import { untilEnded } from './until-ended.ts';

function setup() {
  const readers = new Set<Reader>();
  const hub: EventHub = {
    size: 0,
    add(reader) {
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    wake: () => undefined,
  };
  const wait = (signal: AbortSignal) => untilEnded(hub, { missionId: 'mis_1', after: 0, waitMs: 60_000, signal });
  return { readers, wait };
}

it('waits for nothing where the process was stopping before it began', async () => {
  const { readers, wait } = setup();
  await wait(AbortSignal.abort());
  expect(readers.size).toBe(0);
});

it('waits no longer for a mission that is gone', async () => {
  const { readers, wait } = setup();
  const waiting = wait(new AbortController().signal);
  for (const reader of readers) reader.onGone();
  await waiting;
  expect(readers.size).toBe(0);
});
