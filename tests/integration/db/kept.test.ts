import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { createFixture } from './fixture.ts';

it('what is asked for all the time is planned once a connection, and a list for what is asked', async () => {
  await using f = await createFixture();
  const missionId = await f.newMission();
  await using another = await f.openAnother({ isPrepared: true });
  const { missions, events, documents } = another.db;
  const sent = vi.spyOn(pg.Client.prototype, 'query');

  /** Whether the first statement that this asks of Postgres has a name there. */
  async function isKept(ask: () => Promise<unknown>): Promise<boolean> {
    sent.mockClear();
    await ask();
    const [query]: unknown[] = sent.mock.calls[0] ?? [];
    if (typeof query !== 'object' || query === null) throw new Error('nothing was asked of Postgres');
    return 'name' in query && typeof query.name === 'string' && query.name !== '';
  }

  try {
    expect(await isKept(() => missions.read(f.accountId, missionId))).toBe(true);
    expect(await isKept(() => missions.has(f.accountId, missionId))).toBe(true);
    expect(await isKept(() => events.newest(missionId))).toBe(true);
    expect(await isKept(() => missions.timings(missionId))).toBe(true);
    expect(await isKept(() => documents.read('limits'))).toBe(true);
    expect(await isKept(() => documents.write({ name: 'limits', text: '{}', version: null }))).toBe(true);
    const page = { accountId: f.accountId, before: null, limit: 10 };
    expect(await isKept(() => missions.list(page))).toBe(false);
    // Told once to read by indexes, they need not be told again for each statement, in a transaction of its own.
    await missions.queuePlace(f.accountId, missionId);
    sent.mockClear();
    expect(await missions.queuePlace(f.accountId, missionId)).toMatchObject({ ahead: 0 });
    expect(sent).toHaveBeenCalledOnce();
  } finally {
    sent.mockRestore();
  }
});
