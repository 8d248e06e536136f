import { createDatabase } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { openLink } from '../../chaos/stage/link.ts';
import { hold, racePoint, waiters, waitFor } from '../../harness/index.ts';
import { respond } from '../../integration/db/fixture.ts';
import { openStage, type Stage } from './stage.ts';

const MISSION = 'SELECT FROM missions FOR UPDATE';
const ACCOUNT = 'SELECT FROM accounts FOR UPDATE';

const stepsSeen = ({ models }: Stage): number[] => models.calls.map((call) => call.step);

describe('a worker that lives on', () => {
  it(`${racePoint('zombie inside its successor’s step')} is fenced by its attempt alone`, async () => {
    await using stage = await openStage();
    const timeouts = { statementTimeoutMs: 60_000, connectTimeoutMs: 60_000 };
    const db = createDatabase({ url: stage.fleet.databaseUrl, poolSize: 2, applicationName: 'owner', ...timeouts });
    await using _db = { [Symbol.asyncDispose]: () => db.close() };
    const reply = stage.holdModel(2);
    const zombie = await stage.fleet.startWorker();
    const missionId = await stage.post();
    await reply.arrived();
    await db.lease.register({ id: 'wrk_owner', hostname: 'test', version: '1', pools: [], slots: 1, tools: [] });
    await stage.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 day' WHERE id = 'wrk_owner'`);
    // Its lease lives on, so that no heartbeat tells it first: only its own write can.
    const way = { status: 'queued', code: 'no_worker', message: 'test', afterMs: 0, tries: 0 } as const;
    expect(await db.lease.leave({ missionId, attempt: 1, ...way })).toMatchObject({ status: 'queued' });
    expect(await db.lease.claim({ missionId, workerId: 'wrk_owner' })).toMatchObject({ attempt: 2, stepCount: 1 });
    reply.open();
    await waitFor(() => zombie.output().includes('fenced: another attempt owns the mission'), {
      timeoutMs: 30_000,
      what: 'the zombie to be told',
    });
    expect(zombie.output()).not.toContain('lease lost');
    const owner = { missionId, attempt: 2 };
    expect(await db.steps.commitResponse({ ...owner, ...respond(2, 0) })).toBe('committed');
    await db.lease.leave({ ...owner, status: 'completed', output: 'the owner’s' });
    expect(await stage.fleet.ended(missionId)).toMatchObject({ output: 'the owner’s', stepCount: 2 });
    const steps = await db.steps.read({ missionId, after: 1, limit: 10 });
    expect(steps).toMatchObject([{ number: 2, attempt: 2, response: { message: respond(2, 0).response.message } }]);
  }, 120_000);

  it(`${racePoint('committed, reply lost')} sees its own step and goes on after it`, async () => {
    await using stage = await openStage();
    await using link = await openLink(stage.fleet.databaseUrl);
    const reply = stage.holdModel(1);
    const worker = await stage.fleet.startWorker({ DATABASE_URL: link.url });
    const missionId = await stage.post();
    await reply.arrived();
    await using row = await hold(stage, MISSION);
    reply.open();
    await waiters(stage, 1);
    link.swallow('down');
    await row.letGo();
    await waitFor(async () => (await stage.sql.query('SELECT FROM steps')).rowCount === 1, { what: 'the commit' });
    link.swallow();
    link.cut();
    expect(await stage.fleet.ended(missionId, 60_000)).toMatchObject({ status: 'completed', attempt: 1, stepCount: 2 });
    expect(worker.output()).toContain('the database is away: trying again');
    expect(link.swallowed()).toBeGreaterThan(0);
    expect(stepsSeen(stage)).toEqual([1, 2]);
    expect(stage.toolCalls).toHaveLength(1);
  }, 120_000);

  it(`${racePoint('cancelled, first reply open')} makes no further step`, async () => {
    await using stage = await openStage();
    const reply = stage.holdModel(1);
    await stage.fleet.startWorker();
    const missionId = await stage.post();
    await reply.arrived();
    expect((await stage.fleet.move(missionId, 'cancel')).status).toBe(202);
    expect(await stage.fleet.ended(missionId)).toMatchObject({ status: 'cancelled', attempt: 1, stepCount: 0 });
    expect(stage.models.calls).toMatchObject([{ step: 1, completed: false, abortedAt: expect.any(Number) }]);
  }, 120_000);

  it(`${racePoint('last step committed, end not')} loses its end to a cancel`, async () => {
    await using stage = await openStage();
    const reply = stage.holdModel(2);
    await stage.fleet.startWorker();
    const missionId = await stage.post();
    await reply.arrived();
    await using account = await hold(stage, ACCOUNT);
    reply.open();
    await waiters(stage, 1);
    expect((await stage.sql.query('SELECT FROM steps WHERE completed_at IS NOT NULL')).rowCount).toBe(2);
    expect((await stage.fleet.move(missionId, 'cancel')).status).toBe(202);
    await account.letGo();
    expect(await stage.fleet.ended(missionId)).toMatchObject({ status: 'cancelled', output: null, stepCount: 2 });
    const events = await stage.fleet.get<{ data: { type: string }[] }>(`/v1/missions/${missionId}/events`);
    const ends = events.data.filter(({ type }) => /^mission\.(completed|failed|cancelled)$/.test(type));
    expect(ends).toMatchObject([{ type: 'mission.cancelled' }]);
  }, 120_000);
});
