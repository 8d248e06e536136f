import { expect, it } from 'vitest';
import type { EventHub, Reader } from './event-hub.ts';
import { untilEnded } from './until-ended.ts';

it('waits for nothing where the process was stopping before it began', async () => {
  const readers = new Set<Reader>();
  const hub: EventHub = {
    size: 0,
    add(reader) {
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    wake: () => undefined,
  };
  await untilEnded(hub, { missionId: 'mis_1', after: 0, waitMs: 60_000, signal: AbortSignal.abort() });
  expect(readers.size).toBe(0);
});
