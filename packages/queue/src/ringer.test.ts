import { type MissionBell, RINGS_PENDING_MAX } from '@flotilla/core';
import { expect, it } from 'vitest';
import type { Backend, QueueHandle } from './backend.ts';
import { createRinger } from './ringer.ts';

const bell = (missionId: string): MissionBell => ({ job: 'mission', missionId, pool: 'default', priority: 5, ring: 1 });

/** A queue whose server answers as `add` does. */
function setup(add: () => Promise<void>) {
  const errors: unknown[] = [];
  const told = { rung: 0, lost: 0 };
  const bulks: number[] = [];
  const handle: QueueHandle = {
    async addBulk(jobs) {
      bulks.push(jobs.length);
      await add();
    },
    holds: async () => false,
    depth: async () => 0,
    counts: async () => ({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
    isPaused: async () => false,
    bull: null,
    close: async () => undefined,
  };
  const backend: Pick<Backend, 'openQueue'> = { openQueue: async () => handle };
  const ringer = createRinger(
    backend,
    (error) => errors.push(error),
    ({ bells, outcome }) => {
      told[outcome] += bells;
    },
  );
  return { ringer, errors, bulks, told };
}

it('gives up a ring that is not answered, and reports it', async () => {
  const { ringer, errors } = setup(() => new Promise(() => undefined));
  expect(await ringer.ring(bell('mis_1'))).toBe(false);
  expect(errors).toHaveLength(1);
});

it('keeps a bounded number of rings on their way, however long the server takes', async () => {
  const { ringer, bulks } = setup(() => new Promise(() => undefined));
  const rings = Array.from({ length: RINGS_PENDING_MAX + 500 }, (_, index) => ringer.ring(bell(`mis_${index}`)));
  expect(await Promise.all(rings)).not.toContain(true);
  expect(await ringer.ring(bell('mis_late'))).toBe(false);
  expect(bulks).toEqual([500, 500, 500, 500]);
});

it('sends bells that are rung together in one round trip, and answers each', async () => {
  const { ringer, bulks } = setup(async () => undefined);
  expect(await Promise.all(['a', 'b', 'c'].map((id) => ringer.ring(bell(`mis_${id}`))))).toEqual([true, true, true]);
  expect(await ringer.ring(bell('mis_d'))).toBe(true);
  expect(bulks).toEqual([3, 1]);
});

it('stops asking a server that keeps failing', async () => {
  const { ringer, bulks } = setup(() => Promise.reject(new Error('refused')));
  for (let index = 0; index < 20; index += 1) expect(await ringer.ring(bell(`mis_${index}`))).toBe(false);
  expect(bulks).toHaveLength(5);
});

it('tells of every bell what became of it: rung, given up, or not even tried', async () => {
  const server = { isThere: true };
  const { ringer, told, bulks } = setup(() =>
    server.isThere ? Promise.resolve() : Promise.reject(new Error('OOM command not allowed')),
  );
  await ringer.ringAll(['a', 'b', 'c'].map((id) => bell(`mis_${id}`)));
  expect(told).toEqual({ rung: 3, lost: 0 });
  server.isThere = false;
  for (let index = 0; index < 20; index += 1) await ringer.ring(bell(`mis_${index}`));
  expect(told).toEqual({ rung: 3, lost: 20 });
  expect(bulks.length).toBeLessThan(20);
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
  const { ringer, bulks, told } = setup(async () => undefined);
  await ringer.close();
  expect(await ringer.ring(bell('mis_1'))).toBe(false);
  expect(bulks).toEqual([]);
  // Whoever stops leaves its bells to others, and that is no loss to be woken for.
  expect(told.lost).toBe(0);
});
