import { isTerminal } from '@flotilla/core';
import type { DueMission, EndedMission } from '@flotilla/db';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor } from '../db/fixture.ts';
import { at } from './model/world.ts';
import { settings } from './settings.ts';

type Db = Fixture['db'];
/** What becomes of a mission each time it runs, and what is asked of it in between: drawn, and taken from in turn. */
type Drawn = { maxRunning: number; sessions: number; tape: number[] };
type Bell = Pick<DueMission, 'missionId'>;

/** However long it takes on a busy machine. */
const LIVE_ON = `UPDATE workers SET lease_expires_at = now() + interval '1 day'`;
/** Rules that speak of tool calls: nobody makes any here. */
const NOT_OURS = new Set(['child_without_call', 'ask_without_call']);
const MISSIONS = 14;
const AT_ONCE = 6;
const RELEASE = { status: 'queued', code: 'retry_backoff', message: 'x', afterMs: 0, tries: 1 } as const;
const FINISH = { status: 'completed', output: 'done' } as const;
const FAIL = { status: 'failed', code: 'max_steps', message: 'x' } as const;
const drawn = fc.record<Drawn>({
  maxRunning: fc.integer({ min: 1, max: 3 }),
  sessions: fc.nat(3),
  tape: fc.array(fc.nat(99), { minLength: 60, maxLength: 120, size: 'max' }),
});

/** Two processes that answer bells, and are rung only by what the moves themselves hand back: no sweep makes up for it. */
function createFleet(f: Fixture, dbs: readonly Db[], tape: readonly number[]) {
  const bells: Bell[] = [];
  let taken = 0;
  let claims = 0;
  const next = () => at(tape, taken++ % tape.length);
  const anyDb = () => at(dbs, taken % dbs.length);
  const workers = dbs.map(() => f.newWorker());

  async function settle(db: Db, ends: EndedMission[]): Promise<void> {
    bells.push(...(await db.missions.settle(ends)).bells);
  }

  function wayOut({ depth, attempt }: { depth: number; attempt: number }) {
    // Long after all that was drawn, every life comes to its end.
    const draw = taken > 400 ? 99 : next();
    // A call asks once, so each attempt has a step of its own to ask for.
    if (draw < 15) return parkFor({ step: attempt, children: 0 });
    if (draw < 27 && depth < 2) return parkFor({ step: attempt, asks: draw % 2, children: 2 });
    if (draw < 40) return RELEASE;
    return draw < 50 ? FAIL : FINISH;
  }

  async function answerBell({ missionId }: Bell): Promise<void> {
    const which = claims++ % dbs.length;
    const db = at(dbs, which);
    const claimed = await db.lease.claim({ missionId, workerId: await at(workers, which) });
    if (claimed === 'not_ours') return;
    const way = wayOut(claimed);
    if (next() < 30) await interfere(missionId);
    const left = await db.lease.leave({ missionId, attempt: claimed.attempt, ...way });
    if (left === 'fenced') throw new Error('nobody else had it');
    if (left.status === 'queued') bells.push(left);
    const started = left.status === 'waiting' && 'children' in way ? way.children : [];
    bells.push(...started.map(({ id }) => ({ missionId: id })));
    if (left.wakes) bells.push(...(await db.lease.wake([left.accountId])));
    const { wakes: _, ...end } = left;
    if (isTerminal(left.status)) await settle(db, [end]);
    if (left.status === 'waiting' && next() < 50) await answer(missionId);
  }

  async function cancel(missionId: string): Promise<void> {
    const db = anyDb();
    const outcome = await db.missions.cancel(f.accountId, missionId);
    if (outcome.kind === 'cancelled') await settle(db, [outcome.end]);
  }

  async function pause(missionId: string): Promise<void> {
    const db = anyDb();
    const outcome = await db.missions.pause(f.accountId, missionId);
    if (outcome.kind === 'paused' && outcome.makesWay) await settle(db, [outcome.makesWay]);
  }

  async function resume(missionId: string): Promise<void> {
    const outcome = await anyDb().missions.resume(f.accountId, missionId);
    if (outcome.kind === 'resumed' && outcome.bell) bells.push(outcome.bell);
  }

  async function answer(missionId: string): Promise<void> {
    const db = anyDb();
    for (const { id: askId } of await db.missions.asks(f.accountId, missionId)) {
      const given = { accountId: f.accountId, missionId, askId, answer: 'x', answeredBy: 'test' };
      const outcome = await db.missions.answer(given);
      if (outcome.kind === 'answered' && outcome.bell) bells.push(outcome.bell);
    }
  }

  async function interfere(missionId: string): Promise<void> {
    const draw = next();
    if (draw < 30) await cancel(missionId);
    else if (draw < 65) await pause(missionId);
    else if (draw < 85) await resume(missionId);
    else await answer(missionId);
  }

  async function ringUntilSilent(meanwhile: readonly string[]): Promise<void> {
    const open = [...meanwhile];
    async function worker(): Promise<void> {
      for (let bell = bells.shift(); bell; bell = bells.shift()) {
        const other = open.pop();
        await Promise.all([answerBell(bell), other !== undefined && interfere(other)]);
      }
    }
    while (bells.length > 0) await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  return { bells, answer, resume, ringUntilSilent };
}

/** Lets go of whatever a person holds, until nobody does. @returns what is left behind then. */
async function playOut(f: Fixture, fleet: ReturnType<typeof createFleet>): Promise<unknown[]> {
  for (;;) {
    const { rows } = await f.sql.query<{ id: string; paused: boolean; asked: boolean }>(
      `SELECT id, paused_at IS NOT NULL AS paused, status = 'waiting' AND pending_answers > 0 AS asked
       FROM missions WHERE finished_at IS NULL`,
    );
    const held = rows.filter(({ paused, asked }) => paused || asked);
    if (held.length === 0) break;
    await Promise.all(held.map(({ id, paused }) => (paused ? fleet.resume(id) : fleet.answer(id))));
    await fleet.ringUntilSilent([]);
  }
  const left = await f.sql.query(
    `SELECT status, status_code AS code, session_id AS session, parent_mission_id AS parent, child_count AS children,
            pending_answers AS pending FROM missions WHERE finished_at IS NULL`,
  );
  return left.rows;
}

describe('whoever waits for a slot, a session, a child or an answer', () => {
  it('is rung by whatever ends that wait, and never left behind', { timeout: 3_600_000 }, async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const property = fc.asyncProperty(drawn, async ({ maxRunning, sessions, tape }) => {
      await f.sql.query('DELETE FROM missions; DELETE FROM mission_events; DELETE FROM sessions');
      await f.sql.query('UPDATE accounts SET max_running = $1, held_back_at = NULL', [maxRunning]);
      const fleet = createFleet(f, [f.db, other.db], tape);
      const sessionIds: string[] = [];
      for (let made = 0; made < sessions; made++) sessionIds.push(await f.newSession());
      const missions: string[] = [];
      for (let index = 0; index < MISSIONS; index++) {
        const sessionId = sessionIds[index % (sessions + 1)] ?? null;
        missions.push(await f.newMission({ sessionId, endpointId: null, priority: 1 + (at(tape, index) % 3) }));
      }
      await f.sql.query(LIVE_ON);
      fleet.bells.push(...missions.map((missionId) => ({ missionId })));
      await fleet.ringUntilSilent(missions);
      expect(await playOut(f, fleet)).toEqual([]);
      const findings = (await f.db.audit()).filter(({ name, count }) => count > 0 && !NOT_OURS.has(name));
      expect(findings).toEqual([]);
    });
    await fc.assert(property, settings('wakes', 6));
  });
});
