import { expect, it } from 'vitest';
import { createFixture, respond } from './fixture.ts';

const usage = { inputTokens: 900, outputTokens: 50, cachedInputTokens: 100, costMicroUsd: 321 };
const commitOf = (step: number, upToStep: number) => ({
  summary: { step, chainStage: 0, upToStep, text: `up to ${upToStep}` },
  response: { provider: 'sim', model: 'small', usage },
});

it('a summary is kept and paid once, with its mission, however often it is committed; the newest is the one that counts', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const own = { missionId, attempt };
  expect(await f.db.steps.readSummary(missionId)).toBeNull();
  await f.db.steps.commitResponse({ ...own, ...respond(1, 0) });
  for (const commit of [commitOf(2, 1), commitOf(2, 1), commitOf(3, 2)]) {
    expect(await f.db.steps.commitSummary({ ...own, ...commit })).toBe('committed');
  }
  expect(await f.db.steps.readSummary(missionId)).toEqual(commitOf(3, 2).summary);

  const spent = await f.sql.query(
    `SELECT input_tokens::int AS "inputTokens", cost_micro_usd::int AS cost FROM missions WHERE id = $1`,
    [missionId],
  );
  const paid = await f.sql.query(
    `SELECT sum(input_tokens)::int AS "inputTokens", sum(cost_micro_usd)::int AS cost FROM usage_records WHERE mission_id = $1`,
    [missionId],
  );
  expect(spent.rows).toEqual(paid.rows);
  const calls = await f.sql.query(
    'SELECT step_number AS step, cost_micro_usd::int AS cost FROM usage_records WHERE call <> 0',
  );
  expect(calls.rows).toEqual([
    { step: 2, cost: 321 },
    { step: 3, cost: 321 },
  ]);
  expect((await f.db.audit()).filter(({ count }) => count > 0)).toEqual([]);
});

it('an attempt that no longer owns the mission keeps no summary, and pays none', async () => {
  await using f = await createFixture();
  const { missionId, attempt } = await f.newRunning();
  const stale = { missionId, attempt: attempt - 1 };
  expect(await f.db.steps.commitSummary({ ...stale, ...commitOf(1, 0) })).toBe('fenced');
  expect(await f.db.steps.readSummary(missionId)).toBeNull();
  const { rows } = await f.sql.query('SELECT FROM usage_records');
  expect(rows).toEqual([]);
});
