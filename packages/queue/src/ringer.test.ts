import { type MissionBell, RINGS_PENDING_MAX } from '@flotilla/core';
import { expect, it } from 'vitest';
import type { Backend, QueueHandle } from './backend.ts';
import { createRinger } from './ringer.ts';

const bell = (missionId: string): MissionBell => ({ job: 'mission', missionId, pool: 'default', priority: 5, ring: 1 });

/** A queue whose server answers as `add` does. */
function setup(add: () => Promise<void>) {
  const errors: unknown[] = [];
  let adds = 0;
  async function answer() {
    adds += 1;
    await add();
  }
  const handle: QueueHandle = {
    add: answer,
    addBulk: answer,
    holds: async () => false,
    depth: async () => 0,
    isPaused: async () => false,
    close: async () => undefined,
  };
  const backend: Pick<Backend, 'openQueue'> = { openQueue: async () => handle };
  return { ringer: createRinger(backend, (error) => errors.push(error)), errors, adds: () => adds };
}

it('gives up a ring that is not answered, and reports it', async () => {
  const { ringer, errors } = setup(() => new Promise(() => undefined));
  expect(await ringer.ring(bell('mis_1'))).toBe(false);
  expect(errors).toHaveLength(1);
});

it('keeps a bounded number of rings on their way, however long the server takes', async () => {
  const { ringer, adds } = setup(() => new Promise(() => undefined));
  const rings = Array.from({ length: RINGS_PENDING_MAX + 50 }, (_, index) => ringer.ring(bell(`mis_${index}`)));
  expect(await Promise.all(rings)).not.toContain(true);
  expect(await ringer.ring(bell('mis_late'))).toBe(false);
  expect(adds()).toBe(RINGS_PENDING_MAX);
});

it('stops asking a server that keeps failing', async () => {
  const { ringer, adds } = setup(() => Promise.reject(new Error('refused')));
  for (let index = 0; index < 20; index += 1) expect(await ringer.ring(bell(`mis_${index}`))).toBe(false);
  expect(adds()).toBe(5);
});

it('opens a queue again when it could not be opened', async () => {
  let opens = 0;
  const backend: Pick<Backend, 'openQueue'> = {
    openQueue() {
      opens += 1;
      return Promise.reject(new Error('not there'));
    },
  };
  const ringer = createRinger(backend, () => undefined);
  await ringer.ring(bell('mis_1'));
  await ringer.ring(bell('mis_2'));
  expect(opens).toBe(2);
});

it('rings nothing after close', async () => {
  const { ringer, adds } = setup(async () => undefined);
  await ringer.close();
  expect(await ringer.ring(bell('mis_1'))).toBe(false);
  expect(adds()).toBe(0);
});
