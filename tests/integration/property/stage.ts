import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type pg from 'pg';
import type { Fixture } from '../db/fixture.ts';
import { setClock } from './stop-clock.ts';
import { at, createWorld, SUBSCRIBED, SUBSCRIBER } from './world.ts';

/** One run's accounts, workers and missions in the real database, by the numbers that the model knows them by. */
export type Stage = {
  dbs: readonly Database[];
  sql: pg.Client;
  /** What the stopped clock says. */
  now: Date;
  accountIds: string[];
  endpointIds: string[];
  workerIds: string[];
  missionIds: Map<number, string>;
  accountOf: Map<number, number>;
  deliveryIds: Map<number, string[]>;
  /** Every bell that was handed out: mission and number. */
  bells: string[];
  slotOf(missionId: string): number;
};

const FORGET_ALL = [
  'delivery_attempts',
  'deliveries',
  'mission_events',
  'tool_calls',
  'usage_records',
  'steps',
  'missions',
  'workers',
  'webhook_endpoints',
  'accounts',
];

/** Sets the stage for the world that the model begins with, and clears away the run before. */
export async function setStage(f: Fixture, dbs: readonly Database[]): Promise<Stage> {
  await f.sql.query(FORGET_ALL.map((table) => `DELETE FROM ${table}`).join(';'));
  const world = createWorld();
  const accountIds: string[] = [];
  const endpointIds: string[] = [];
  for (const { maxRunning } of world.accounts) {
    const name = createId('account');
    const { id } = await at(dbs, 0).accounts.create({ name, tier: 'paid', maxRunning, webhookSecret: 'sealed' });
    const endpoint = { accountId: id, url: 'https://receiver.example/hook', secret: null, secretHash: '' };
    accountIds.push(id);
    endpointIds.push(await at(dbs, 0).endpoints.ensureForMission(endpoint));
  }
  await f.sql.query(
    `INSERT INTO webhook_endpoints (id, account_id, url, event_types) VALUES ($1, $2, 'https://all.example', $3)`,
    [createId('endpoint'), at(accountIds, SUBSCRIBER), SUBSCRIBED],
  );
  const stage: Stage = {
    dbs,
    sql: f.sql,
    now: await setClock(f),
    accountIds,
    endpointIds,
    workerIds: [],
    missionIds: new Map(),
    accountOf: new Map(),
    deliveryIds: new Map(),
    bells: [],
    slotOf(missionId) {
      const found = [...stage.missionIds].find(([, id]) => id === missionId);
      if (!found) throw new Error(`${missionId} is not of this run`);
      return found[0];
    },
  };
  for (const { slot } of world.workers) await register(stage, slot);
  return stage;
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
