import type { ModelResponse } from '@flotilla/core';
import { expect, it } from 'vitest';
import { createFixture, respond } from './fixture.ts';

const { response } = respond(1, 2);
const longText: ModelResponse = {
  ...response,
  message: { role: 'assistant', content: [{ type: 'text', text: 'x'.repeat(300_000) }] },
};

it('a reply is kept for an hour, for the account that paid for it and for nobody else', async () => {
  await using f = await createFixture();
  const { db, accountId, sql } = f;
  const other = await db.accounts.create({ name: 'other', tier: 'paid', maxRunning: 1, webhookSecret: 'x' });
  const of = { accountId, key: 'k' };
  expect(await db.responses.read(of)).toBeNull();
  await db.responses.write({ ...of, missionId: 'mis_1', response });
  expect(await db.responses.read(of)).toEqual(response);
  expect(await db.responses.read({ accountId: other.id, key: 'k' })).toBeNull();
  expect(await db.responses.read({ accountId, key: 'l' })).toBeNull();

  await sql.query(`UPDATE cached_responses SET expires_at = expires_at - interval '59 minutes'`);
  expect(await db.responses.read(of)).toEqual(response);
  await sql.query(`UPDATE cached_responses SET expires_at = expires_at - interval '2 minutes'`);
  expect(await db.responses.read(of)).toBeNull();
  await db.responses.write({ accountId, key: 'fresh', missionId: 'mis_1', response });
  expect(await db.sweep.forgetResponses()).toBe(1);
  expect((await sql.query('SELECT key FROM cached_responses')).rows).toEqual([{ key: 'fresh' }]);
});

it('a newer reply takes the place of the older, and one that is very long is not kept', async () => {
  await using f = await createFixture();
  const of = { accountId: f.accountId, key: 'k' };
  await f.db.responses.write({ ...of, missionId: 'mis_1', response });
  const newer = { ...response, model: 'newer' };
  await f.db.responses.write({ ...of, missionId: 'mis_2', response: newer });
  expect(await f.db.responses.read(of)).toEqual(newer);
  await f.db.responses.write({ accountId: f.accountId, key: 'long', missionId: 'mis_1', response: longText });
  expect(await f.db.responses.read({ accountId: f.accountId, key: 'long' })).toBeNull();
});

it('goes with the mission that it was made to, erased or past its retention, and no other does', async () => {
  await using f = await createFixture();
  const { accountId } = f;
  const [erased, old, young] = [await f.newRunning(), await f.newRunning(), await f.newRunning()];
  for (const run of [erased, old, young]) {
    await f.db.responses.write({ accountId, key: run.missionId, missionId: run.missionId, response });
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  }
  await f.sql.query(`UPDATE deliveries SET status = 'delivered'`);
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days' WHERE id = $1`, [old.missionId]);
  await f.db.missions.erase(accountId, erased.missionId);
  expect(await f.purge()).toBe(1);
  expect((await f.sql.query('SELECT key FROM cached_responses')).rows).toEqual([{ key: young.missionId }]);
});

it('a copied step says as its original what was passed over and that it was cached', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  const passedOver = [{ provider: 'openai', model: 'main', code: 'provider_error', message: 'down' } as const];
  await f.db.steps.commitResponse({ ...run, ...respond(1, 1), passedOver, cached: true });
  await f.db.lease.leave({ ...run, status: 'failed', code: 'provider_error', message: 'x' });
  const id = 'mis_copy';
  await f.db.missions.copy([{ kind: 'retry', id, sourceId: run.missionId, from: 'last_step' }], {
    accountId: f.accountId,
    once: false,
  });
  for (const missionId of [run.missionId, id]) {
    const [step] = await f.db.steps.read({ missionId, after: 0, limit: 1 });
    expect(step).toMatchObject({ passedOver, cached: true });
  }
});
