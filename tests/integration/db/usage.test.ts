import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFixture, type Fixture, respond } from './fixture.ts';

let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

/** A mission with steps that have cost so many millionths, `null` where no price was known; so many days ago. */
async function spend(costs: (number | null)[], more: { sessionId?: string; model?: string; daysAgo?: number } = {}) {
  const { sessionId = null, model = 'load', daysAgo = 0 } = more;
  const { missionId, attempt } = await f.newRunning({ sessionId });
  for (const [index, cost] of costs.entries()) {
    const step = respond(index + 1, 0);
    step.response.usage.costMicroUsd = cost;
    step.response.model = model;
    await f.db.steps.commitResponse({ missionId, attempt, ...step });
  }
  await f.db.lease.leave({ missionId, attempt, status: 'completed', output: '' });
  const sql = `UPDATE usage_records SET created_at = created_at - $2 * interval '1 day' WHERE mission_id = $1`;
  await f.sql.query(sql, [missionId, daysAgo]);
}

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

function list(more: Partial<Parameters<Fixture['db']['usage']['list']>[0]> = {}) {
  return f.db.usage.list({
    accountId: f.accountId,
    from: daysAgo(10),
    to: daysAgo(0),
    after: null,
    limit: 100,
    ...more,
  });
}

/** Whatever was written, to the last row. The first time only makes the mark. */
async function rollUpAll(): Promise<number> {
  let added = 0;
  for (let time = 0; time < 3; time++) added += await f.db.sweep.rollUpUsage(0);
  return added;
}

it('the days of an account are the sum of its records to the millionth, before they are rolled up and after', async () => {
  const sessionId = await f.newSession();
  await spend([1, 2, 3]);
  await spend([10, null], { sessionId, model: 'other' });
  await spend([100], { daysAgo: 2, sessionId });
  const expected = [
    { day: daysAgo(0), model: 'sim/load', calls: 3, costMicroUsd: 6, unpricedCalls: 0, inputTokens: 30 },
    { day: daysAgo(0), model: 'sim/other', calls: 2, costMicroUsd: 10, unpricedCalls: 1, inputTokens: 20 },
    { day: daysAgo(2), model: 'sim/load', calls: 1, costMicroUsd: 100, unpricedCalls: 0, inputTokens: 10 },
  ];
  expect(await list()).toMatchObject(expected);
  expect(await f.db.sweep.rollUpUsage()).toBe(0);
  expect(await rollUpAll()).toBe(6);
  expect(await list()).toMatchObject(expected);
  await spend([1_000]);
  const [first, ...rest] = expected;
  const later = [{ ...first, calls: 4, costMicroUsd: 1_006, inputTokens: 40 }, ...rest];
  expect(await list()).toMatchObject(later);
  expect(await rollUpAll()).toBe(1);
  expect(await list()).toMatchObject(later);

  expect(await f.db.usage.ofSession(sessionId)).toMatchObject({ inputTokens: 30, costMicroUsd: null });
  expect((await f.db.audit()).filter(({ count }) => count > 0)).toEqual([]);
});

it('rolling up side by side adds nothing twice', async () => {
  await spend([7, 7, 7]);
  await using other = await f.openAnother();
  const before = (await list()).reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  await Promise.all(Array.from({ length: 6 }, (_, n) => (n % 2 ? f : other).db.sweep.rollUpUsage(0)));
  expect((await list()).reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0)).toBe(before);
  expect((await f.db.audit()).filter(({ count }) => count > 0)).toEqual([]);
});

it('a page begins where the one before it ended', async () => {
  const all = await list();
  const paged = [];
  let after: { day: string; agentId: string; model: string } | null = null;
  for (let page = 0; page < all.length; page++) {
    const [row] = await list({ limit: 1, after });
    if (!row) break;
    paged.push(row);
    after = { day: row.day, agentId: row.agentId ?? '', model: row.model };
  }
  expect(paged).toEqual(all);
  expect(await list({ model: 'sim/other' })).toHaveLength(1);
  expect(await list({ agentName: 'nobody' })).toEqual([]);
});

const RUNBOOK = join(import.meta.dirname, '../../../docs/operations.md');

/** The SQL under an alert of the runbook. */
function readSql(alert: string): string {
  const [, section = ''] = readFileSync(RUNBOOK, 'utf8').split(`### ${alert}\n`);
  const [, sql = ''] = /```sql\n([^`]+)```/.exec(section.split('\n### ')[0] ?? '') ?? [];
  return sql;
}

it('what the runbook asks of all accounts names those who spend, and whose missions have failed', async () => {
  await spend([2_000_000]);
  await rollUpAll();
  const spent = (await list({ from: daysAgo(0) })).reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  const { rows } = await f.sql.query(readSql('SpendBurns'));
  expect(rows).toEqual([{ name: 'test', usd_today: expect.any(String), usd_yesterday: null }]);
  expect(Number(rows[0]?.usd_today)).toBeCloseTo(spent / 1e6, 6);

  const { missionId, attempt } = await f.newRunning();
  await f.db.lease.leave({ missionId, attempt, status: 'failed', code: 'poisoned', message: '' });
  const failed = await f.sql.query(readSql('MissionsFail').replace('CODE', 'poisoned'));
  expect(failed.rows).toEqual([{ name: 'test', count: '1' }]);
});

it.each([
  ['usage_day_differs', 'UPDATE usage_days SET cost_micro_usd = cost_micro_usd + 1'],
  ['usage_day_differs', 'DELETE FROM usage_days'],
  ['usage_of_another', `UPDATE usage_records SET session_id = 'ses_other'`],
])('the audit finds %s after %s', async (rule, plant) => {
  await f.sql.query(plant);
  expect((await f.db.audit()).filter(({ count }) => count > 0).map(({ name }) => name)).toContain(rule);
});
