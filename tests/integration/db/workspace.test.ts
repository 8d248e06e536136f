import { WORKSPACE_FILE_BYTES_MAX } from '@flotilla/core';
import { expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });
const nothing = { written: [], removed: [] };
const textsOf = async ({ db }: Fixture, missionId: string, paths: string[]) =>
  (await db.workspace.read({ missionId, paths })).map(({ path, content }) => [path, Buffer.from(content).toString()]);

it('files are found by whoever goes on with the mission, as they were written', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * index) % 256);
  const written = [file('a.txt', 'ä\0 one'), { path: 'b/c.bin', content: bytes }, file('empty', '')];
  expect(await f.db.workspace.change({ missionId, attempt, ...nothing, written })).toBe('changed');

  await using another = await f.openAnother();
  expect(await another.db.workspace.list(missionId)).toEqual([
    { path: 'a.txt', bytes: 7 },
    { path: 'b/c.bin', bytes: 70_000 },
    { path: 'empty', bytes: 0 },
  ]);
  const [first, second] = await another.db.workspace.read({ missionId, paths: ['b/c.bin', 'a.txt', 'none'] });
  expect(Buffer.from(first?.content ?? []).toString()).toBe('ä\0 one');
  expect(Buffer.from(second?.content ?? []).equals(bytes)).toBe(true);
});

it('a change replaces and removes in one go', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const change = (written: { path: string; content: Buffer }[], removed: string[]) =>
    f.db.workspace.change({ missionId, attempt, written, removed });
  await change([file('a', '1'), file('b', '1'), file('c', '1')], []);
  await change([file('a', '2'), file('b', '2')], ['b', 'c', 'never there']);
  expect(await textsOf(f, missionId, ['a', 'b', 'c'])).toEqual([
    ['a', '2'],
    ['b', '2'],
  ]);
});

it('an attempt that no longer owns the mission changes nothing', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const write = (by: number) =>
    f.db.workspace.change({ missionId, attempt: by, written: [file('a', 'stale')], removed: [] });
  expect([await write(attempt - 1), await write(attempt + 1)]).toEqual(['fenced', 'fenced']);
  await f.db.lease.leave({ missionId, attempt, status: 'completed', output: 'done' });
  expect(await write(attempt)).toBe('fenced');
  expect(await f.db.workspace.list(missionId)).toEqual([]);
});

it('what does not fit leaves all as it was, also when two come at once', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const big = (path: string) => ({ path, content: new Uint8Array(WORKSPACE_FILE_BYTES_MAX) });
  const write = (...written: { path: string; content: Uint8Array }[]) =>
    f.db.workspace.change({ missionId, attempt, written, removed: [] });
  await write(...Array.from({ length: 15 }, (_, index) => big(`f${index}`)));
  expect(await write(file('small', ''), big('x'), big('y'))).toEqual({ refused: expect.stringMatching(/would hold/) });
  expect(await f.db.workspace.list(missionId)).toHaveLength(15);
  const outcomes = await Promise.all(['p', 'q', 'r'].map((path) => write(big(path))));
  expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
  expect(await f.db.workspace.list(missionId)).toHaveLength(16);
});

it('files go with their mission, and come along with a retry', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning({ endpointId: null });
  await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, 1) });
  await f.db.steps.commitToolResult({ missionId, attempt, ...resultOf(1, 0), fullOutput: 'the whole output' });
  await f.db.workspace.change({ missionId, attempt, written: [file('a', 'kept')], removed: [] });
  await f.db.lease.leave({ missionId, attempt, status: 'failed', code: 'max_steps', message: '' });
  const [fromLast, fromStart] = ['mis_last', 'mis_start'];
  const copies = [
    { id: fromLast, sourceId: missionId, kind: 'retry', from: 'last_step' },
    { id: fromStart, sourceId: missionId, kind: 'retry', from: 'start' },
  ] as const;
  await f.db.missions.copy(copies, { accountId: f.accountId, once: false });
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '99 days' WHERE id = $1`, [missionId]);
  expect(await f.purge()).toBe(1);
  expect(await f.db.workspace.list(missionId)).toEqual([]);
  expect(await textsOf(f, fromLast, ['a'])).toEqual([['a', 'kept']]);
  expect(await f.db.workspace.list(fromStart)).toEqual([]);
  expect(await f.db.steps.readOutput({ missionId: fromLast, of: null, step: 1, index: 0 })).toBe('the whole output');
});
