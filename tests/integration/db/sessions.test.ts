import { createId } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

const finish = { status: 'completed', output: 'done' } as const;
const release = { status: 'queued', code: 'draining', message: 'x', afterMs: 0, tries: 0 } as const;

async function reasonOf(f: Fixture, missionId: string) {
  const mission = await f.db.missions.read(f.accountId, missionId);
  return mission?.statusReason?.code ?? null;
}

/** Claims, and says whether it was let in. */
async function claim(f: Fixture, missionId: string, workerId: string) {
  const claimed = await f.db.lease.claim({ missionId, workerId });
  return claimed === 'not_ours' ? null : { missionId, attempt: claimed.attempt };
}

describe('a session', () => {
  it('runs one mission at a time, in order of acceptance, and says why the others wait', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const workerId = await f.newWorker();
    const first = await f.newMission({ sessionId });
    const second = await f.newMission({ sessionId });
    expect(await claim(f, second, workerId)).toBeNull();
    expect(await reasonOf(f, second)).toBe('session_busy');
    const running = await claim(f, first, workerId);
    expect(running).not.toBeNull();
    expect(await claim(f, second, workerId)).toBeNull();

    const left = running && (await f.db.lease.leave({ ...running, ...finish }));
    if (!left || left === 'fenced') throw new Error('the first should have been ours');
    const { bells } = await f.db.missions.settle([left]);
    expect(bells.map((bell) => bell.missionId)).toEqual([second]);
    expect(await reasonOf(f, second)).toBeNull();
    expect(await claim(f, second, workerId)).not.toBeNull();
  });

  it('goes by the order in which the database took its missions in, whatever the clocks said that made their ids', async () => {
    await using f = await createFixture();
    const [sessionId, workerId] = [await f.newSession(), await f.newWorker()];
    const [first, second] = [`mis_ff${'0'.repeat(30)}`, `mis_00${'0'.repeat(30)}`];
    await f.newMission({ sessionId, id: first });
    await f.newMission({ sessionId, id: second });
    expect(await claim(f, second, workerId)).toBeNull();
    const running = await claim(f, first, workerId);
    if (!running) throw new Error('the first is the first');
    const left = await f.db.lease.leave({ ...running, ...finish });
    if (left === 'fenced') throw new Error('it was ours');
    expect((await f.db.missions.settle([left])).bells).toMatchObject([{ missionId: second }]);
    expect(await claim(f, second, workerId)).not.toBeNull();
    const before = (missionId: string) => f.db.sessions.earlier({ sessionId, missionId, messages: 50 });
    expect([await before(first), await before(second)]).toMatchObject([[], [{ answer: 'done' }]]);
  });

  it('does not say to a retry of a retry what any of those before it have said: it has their steps', async () => {
    await using f = await createFixture();
    const [sessionId, workerId] = [await f.newSession(), await f.newWorker()];
    const earlier = await f.newMission({ sessionId });
    await f.complete(earlier, workerId);
    const source = await f.newMission({ sessionId });
    await f.complete(source, workerId);
    const retry = async (sourceId: string) => {
      const id = createId('mission');
      await f.db.missions.copy([{ kind: 'retry', id, sourceId, from: 'last_step' }], {
        accountId: f.accountId,
        once: false,
      });
      await f.complete(id, workerId);
      return id;
    };
    const last = await retry(await retry(await retry(source)));
    const said = await f.db.sessions.earlier({ sessionId, missionId: last, messages: 50 });
    expect(said.map(({ missionId }) => missionId)).toEqual([earlier]);
  });

  it('is kept by a mission that was released, until its end', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const workerId = await f.newWorker();
    const first = await f.newMission({ sessionId });
    const running = await claim(f, first, workerId);
    // Accepted earlier by its statement's clock, committed later: it must neither run beside the other nor lock it out.
    const late = await f.newMission({ sessionId });
    await f.sql.query(`UPDATE missions SET created_at = created_at - interval '1 minute' WHERE id = $1`, [late]);
    if (!running) throw new Error('the first should have been claimed');
    await f.db.lease.leave({ ...running, ...release, afterMs: 60_000 });
    expect(await claim(f, late, workerId)).toBeNull();
    await f.sql.query('UPDATE missions SET run_after = now()');
    expect(await claim(f, first, workerId)).not.toBeNull();
    expect(await claim(f, late, workerId)).toBeNull();
  });

  it('lets exactly one of many claims in, and loses no turn, however they come', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const sessions: string[] = [];
    for (let i = 0; i < 5; i++) sessions.push(await f.newSession());
    const workers = await Promise.all([f.newWorker(), f.newWorker()]);
    // However long it takes on a busy machine.
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 day'`);
    const missions: string[] = [];
    for (let i = 0; i < 8; i++) for (const sessionId of sessions) missions.push(await f.newMission({ sessionId }));
    const order = new Map<string, string[]>();
    const active = new Set<string>();
    let running = 0;

    async function play(missionId: string, index: number): Promise<void> {
      const db = index % 2 === 0 ? f.db : other.db;
      const claimed = await db.lease.claim({ missionId, workerId: workers[index % 2] ?? '' });
      if (claimed === 'not_ours') return;
      const session = claimed.sessionId ?? '';
      expect(active.has(session)).toBe(false);
      active.add(session);
      order.set(session, [...(order.get(session) ?? []), missionId]);
      running += 1;
      active.delete(session);
      const left = await db.lease.leave({ missionId, attempt: claimed.attempt, ...finish });
      if (left === 'fenced') throw new Error('fenced');
      const { bells } = await db.missions.settle([left]);
      await Promise.all(bells.map((bell) => play(bell.missionId, index + 1)));
    }
    await Promise.all(missions.toReversed().map(play));
    expect(running).toBe(missions.length);
    for (const played of order.values()) expect(played).toEqual(played.toSorted());
  });

  it('goes on when the mission that has it is cancelled, or its row is gone', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const workerId = await f.newWorker();
    const first = await f.newMission({ sessionId });
    const [second, third] = [await f.newMission({ sessionId }), await f.newMission({ sessionId })];
    const outcome = await f.db.missions.cancel(f.accountId, first);
    if (outcome.kind !== 'cancelled') throw new Error('it was queued');
    const { bells } = await f.db.missions.settle([outcome.end]);
    expect(bells.map((bell) => bell.missionId)).toEqual([second]);
    expect(await claim(f, second, workerId)).not.toBeNull();
    await f.sql.query('DELETE FROM missions WHERE id = $1', [second]);
    expect(await claim(f, third, workerId)).not.toBeNull();
  });

  it('goes on without a mission that is paused before it came, and leaves it its turn once it has begun', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const workerId = await f.newWorker();
    const [first, second] = [await f.newMission({ sessionId }), await f.newMission({ sessionId })];
    expect(await claim(f, second, workerId)).toBeNull();
    const bellsOfPause = async () => {
      const outcome = await f.db.missions.pause(f.accountId, first);
      const { makesWay } = outcome.kind === 'paused' ? outcome : {};
      return makesWay ? (await f.db.missions.settle([makesWay])).bells.map((bell) => bell.missionId) : [];
    };
    expect(await bellsOfPause()).toEqual([second]);
    await f.db.missions.resume(f.accountId, first);
    const running = await claim(f, first, workerId);
    if (!running) throw new Error('the first should have been claimed');
    await f.db.lease.leave({ ...running, ...release });
    expect(await bellsOfPause()).toEqual([]);
  });

  it('keeps the sweep from ringing those whose turn it is not', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const missions = [await f.newMission({ sessionId }), await f.newMission({ sessionId })];
    await f.sql.query('UPDATE missions SET rung_at = NULL');
    const due = (await f.db.sweep.takeDueMissions('default', 10)).bells;
    expect(due.map((mission) => mission.missionId)).toEqual(missions.slice(0, 1));
  });
});
