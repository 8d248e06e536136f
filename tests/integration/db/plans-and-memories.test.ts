import { MEMORIES_MAX } from '@flotilla/core';
import { expect, it } from 'vitest';
import { createFixture } from './fixture.ts';

const items = [
  { text: 'look', done: true },
  { text: 'write', done: false },
];

it('a mission has a plan of its own, and the missions of a session share one', async () => {
  await using f = await createFixture();
  const [sessionId, another] = [await f.newSession(), await f.newSession()];
  const first = await f.newRunning({ sessionId, endpointId: null });
  const alone = await f.newRunning();
  expect(await f.db.plans.read(first.missionId)).toEqual([]);
  expect(await f.db.plans.write({ ...first, items })).toBe('written');
  expect(await f.db.plans.write({ ...alone, items: items.slice(1) })).toBe('written');
  expect(await f.db.plans.write({ ...alone, items: items.slice(0, 1) })).toBe('written');
  expect(await f.db.plans.read(alone.missionId)).toEqual(items.slice(0, 1));
  const next = await f.newMission({ sessionId });
  expect(await f.db.plans.read(next)).toEqual(items);
  expect(await f.db.plans.read(await f.newMission({ sessionId: another }))).toEqual([]);
});

it('an attempt that no longer owns the mission changes neither plan nor memory', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning({ sessionId: await f.newSession() });
  const stale = { missionId, attempt: attempt - 1 };
  expect(await f.db.plans.write({ ...stale, items })).toBe('fenced');
  expect(await f.db.memories.write({ ...stale, key: 'a', content: 'b' })).toBe('fenced');
  expect([await f.db.plans.read(missionId), await f.db.memories.read(missionId)]).toEqual([[], []]);
});

it('what one mission of a session remembers the next one knows, and nobody else', async () => {
  await using f = await createFixture();
  const sessionId = await f.newSession();
  const first = await f.newRunning({ sessionId });
  const remember = (key: string, content: string | null) => f.db.memories.write({ ...first, key, content });
  await remember('name', 'Ada');
  await remember('name', 'Grace');
  await remember('colour', 'red');
  await remember('colour', null);
  expect(await f.db.memories.read(await f.newMission({ sessionId }))).toEqual([{ key: 'name', content: 'Grace' }]);
  expect(await f.db.memories.read(await f.newMission({ sessionId: await f.newSession() }))).toEqual([]);
  const alone = await f.newRunning();
  expect(await f.db.memories.write({ ...alone, key: 'a', content: 'b' })).toBe('no_session');
  expect(await f.db.memories.read(alone.missionId)).toBeNull();
});

it('a session remembers as much as it may, also when several calls come at once', async () => {
  await using f = await createFixture();
  const owner = await f.newRunning({ sessionId: await f.newSession() });
  const remember = (key: string) => f.db.memories.write({ ...owner, key, content: 'x' });
  for (let n = 0; n < MEMORIES_MAX - 1; n += 1) await remember(`k${n}`);
  const outcomes = await Promise.all(['p', 'q', 'r'].map(remember));
  expect(outcomes.toSorted()).toEqual(['full', 'full', 'written']);
  expect(await remember('k0')).toBe('written');
  expect(await f.db.memories.read(owner.missionId)).toHaveLength(MEMORIES_MAX);
});
