import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type pg from 'pg';
import type { Fixture } from '../db/fixture.ts';
import { at, createWorld, SUBSCRIBED, SUBSCRIBER } from './model/world.ts';
import { setClock } from './stop-clock.ts';
import type { Tally } from './tally.ts';

/** One run's accounts, workers and missions in the real database, by the numbers that the model knows them by. */
export type Stage = {
  dbs: readonly Database[];
  sql: pg.Client;
  /** What the stopped clock says. */
  now: Date;
  accountIds: string[];
  endpointIds: string[];
  sessionIds: string[];
  workerIds: string[];
  missionIds: Map<number, string>;
  accountOf: Map<number, number>;
  deliveryIds: Map<number, string[]>;
  /** Every bell that was handed out: mission and number. */
  bells: string[];
  tally: Tally;
  slotOf(missionId: string): number;
};

/** Of every endpoint. */
export const RECEIVER_URL = 'https://receiver.example/hook';

const FORGET_ALL = [
  'delivery_attempts',
  'deliveries',
  'mission_events',
  'tool_calls',
  'usage_records',
  'steps',
  'answers',
  'missions',
  'sessions',
  'workers',
  'webhook_endpoints',
  'accounts',
];

/** Sets the stage for the world that the model begins with, and clears away the run before. */
export async function setStage(f: Fixture, dbs: readonly Database[], tally: Tally): Promise<Stage> {
  await f.sql.query(FORGET_ALL.map((table) => `DELETE FROM ${table}`).join(';'));
  const world = createWorld();
  const accountIds: string[] = [];
  const endpointIds: string[] = [];
  const sessionIds: string[] = [];
  for (const { maxRunning } of world.accounts) {
    const name = createId('account');
    const { id } = await at(dbs, 0).accounts.create({ name, tier: 'paid', maxRunning, webhookSecret: 'sealed' });
    const endpoint = { accountId: id, url: RECEIVER_URL, secret: null, secretHash: '' };
    accountIds.push(id);
    endpointIds.push(await at(dbs, 0).endpoints.ensureForMission(endpoint));
    sessionIds.push((await at(dbs, 0).sessions.create(id)).id);
  }
  await f.sql.query(`INSERT INTO webhook_endpoints (id, account_id, url, event_types) VALUES ($1, $2, $4, $3)`, [
    createId('endpoint'),
    at(accountIds, SUBSCRIBER),
    SUBSCRIBED,
    RECEIVER_URL,
  ]);
  const stage: Stage = {
    dbs,
    sql: f.sql,
    now: await setClock(f),
    accountIds,
    endpointIds,
    sessionIds,
    workerIds: [],
    missionIds: new Map(),
    accountOf: new Map(),
    deliveryIds: new Map(),
    bells: [],
    tally,
    slotOf(missionId) {
      const found = [...stage.missionIds].find(([, id]) => id === missionId);
      if (!found) throw new Error(`${missionId} is not of this run`);
      return found[0];
    },
  };
  for (const { slot } of world.workers) await register(stage, slot);
  return stage;
}

export function idOf(stage: Stage, move: { mission: number }): string {
  return stage.missionIds.get(move.mission) ?? 'mis_missing';
}

/**
 * The id of a new mission. The clock stands still, so that of two missions of a session the one with the smaller number
 * was accepted first.
 */
export function newMissionId(stage: Stage, mission: number, account: number): string {
  const id = `mis_${mission.toString(16).padStart(32, '0')}`;
  stage.missionIds.set(mission, id);
  stage.accountOf.set(mission, account);
  return id;
}

/** Notes a bell that was handed out. `ringAgain`: one that a repeated leave hands out again is the same. */
export function ring(stage: Stage, mission: number, rings: number): true {
  stage.bells.push(`${mission} ${rings}`);
  return true;
}

export function ringAgain(stage: Stage, mission: number, rings: number): true {
  return stage.bells.includes(`${mission} ${rings}`) || ring(stage, mission, rings);
}

/** Notes what a mission's end owes, and tells how many those are. */
export function owe(stage: Stage, mission: number, deliveryIds: readonly string[]): number {
  const known = stage.deliveryIds.get(mission) ?? [];
  stage.deliveryIds.set(mission, [...known, ...deliveryIds.filter((id) => !known.includes(id))]);
  return deliveryIds.length;
}

export async function register(stage: Stage, slot: number): Promise<void> {
  const id = createId('worker');
  stage.workerIds.push(id);
  await at(stage.dbs, slot % 2).lease.register({
    id,
    hostname: `${slot}`,
    version: '1',
    pools: ['default'],
    slots: 4,
    tools: [],
  });
}
