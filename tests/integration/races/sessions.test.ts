import { describe, expect, it } from 'vitest';
import { hold, racePoint, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture } from '../db/fixture.ts';

const ACCOUNT = 'SELECT FROM accounts FOR NO KEY UPDATE';
const finish = { status: 'completed', output: '' } as const;

async function claim(f: Fixture, missionId: string) {
  const workerId = await f.newWorker();
  const claimed = await f.db.lease.claim({ missionId, workerId });
  if (claimed === 'not_ours') throw new Error('the claim failed');
  return { missionId, attempt: claimed.attempt };
}

describe(`a session’s turn, ${racePoint('claim begun in a taken session')},`, () => {
  it('is not lost to a claim that still saw the session taken when its end was over', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const sessionId = await f.newSession();
    const [one, next, workerId] = [
      await f.newMission({ sessionId }),
      await f.newMission({ sessionId }),
      await f.newWorker(),
    ];
    const running = await claim(f, one);
    await using account = await hold(f, ACCOUNT);
    await using row = await hold(f, `SELECT FROM missions WHERE id = '${next}' FOR UPDATE`);
    const left = f.db.lease.leave({ ...running, ...finish });
    await waiters(f, 1);
    const claimed = other.db.lease.claim({ missionId: next, workerId });
    await waiters(f, 2);
    await account.letGo();
    const end = await left;
    if (end === 'fenced') throw new Error('fenced');
    await waiters(f, 1);
    const settled = f.db.missions.settle([end]);
    await Promise.race([settled, waiters(f, 2)]);
    await row.letGo();
    expect(await claimed).toBe('not_ours');
    expect((await settled).bells).toMatchObject([{ missionId: next }]);
  });

  it('is not taken beside a mission that was accepted, and claimed, after a claim had begun', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const [first, workerId] = [await f.newMission({ sessionId }), await f.newWorker()];
    await using account = await hold(f, ACCOUNT);
    const claimed = f.db.lease.claim({ missionId: first, workerId });
    await waiters(f, 1);
    // Accepted earlier by its id, committed later, and claimed; as its claim would write it, for which the account is held.
    const late = await f.newMission({ sessionId, id: `mis_00${first.slice(6)}` });
    await f.sql.query(`UPDATE missions SET status = 'running', worker_id = $2 WHERE id = $1`, [late, workerId]);
    await f.sql.query('UPDATE sessions SET active_mission_id = $1', [late]);
    await account.letGo();
    expect(await claimed).toBe('not_ours');
    expect(await f.statusOf(first)).toBe('queued');
  });
});
