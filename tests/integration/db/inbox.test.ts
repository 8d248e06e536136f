import { expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond } from './fixture.ts';

/** A mission that waits for an answer of each of these kinds. */
async function parked(f: Fixture, ...kinds: ('approval' | 'input')[]): Promise<string> {
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, kinds.length) });
  const park = parkFor({ step: 1, asks: kinds.length, children: 0 });
  const asks = park.asks.map((ask, index) => ({ ...ask, kind: kinds[index] ?? 'input', expiresInMs: 60_000 }));
  await f.db.lease.leave({ ...run, ...park, asks });
  return run.missionId;
}

it('the inbox has the open asks of an account, oldest first, page by page, and none that nobody can answer any more', async () => {
  await using f = await createFixture();
  const { db, accountId } = f;
  const all = ['approval', 'input', 'tool', 'budget', 'operator'] as const;
  const inbox = async (more: { kinds?: readonly (typeof all)[number][]; after?: string; limit?: number } = {}) => {
    const { kinds = all, after = null, limit = 10 } = more;
    const asks = await db.missions.inbox({ accountId, kinds, after, limit });
    return asks.map(({ id, kind, missionId }) => ({ id, kind, missionId }));
  };
  const first = await parked(f, 'approval', 'input');
  const second = await parked(f, 'approval');
  const gone = await parked(f, 'approval');
  await db.missions.cancel(accountId, gone);
  const late = await parked(f, 'input');
  await f.sql.query(`UPDATE answers SET expires_at = now() - interval '1 s' WHERE mission_id = $1`, [late]);

  const open = await inbox();
  expect(open.map(({ kind, missionId }) => [kind, missionId])).toEqual([
    [open[0]?.kind, first],
    [open[1]?.kind, first],
    ['approval', second],
  ]);
  expect(open.map(({ id }) => id)).toEqual(open.map(({ id }) => id).toSorted());
  expect(await inbox({ kinds: ['input'] })).toEqual(open.filter(({ kind }) => kind === 'input'));
  expect(await inbox({ limit: 2 })).toEqual(open.slice(0, 2));
  expect(await inbox({ after: open[1]?.id ?? '' })).toEqual(open.slice(2));
  const foreign = await db.missions.inbox({ accountId: 'acc_other', kinds: all, after: null, limit: 10 });
  expect(foreign).toEqual([]);

  const ask = open.find(({ missionId }) => missionId === second);
  expect(await db.missions.ask(accountId, ask?.id ?? '')).toEqual({ missionId: second, kind: 'approval' });
  expect(await db.missions.ask('acc_other', ask?.id ?? '')).toBeNull();
  const answer = { decision: 'rejected' };
  await db.missions.answer({ accountId, missionId: second, askId: ask?.id ?? '', answer, answeredBy: 'me' });
  expect(await inbox()).toEqual(open.slice(0, 2));
});
