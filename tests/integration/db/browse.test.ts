import { type AgentDefinition, MISSION_STATUSES, type MissionSpec, type MissionStatus } from '@flotilla/core';
import type { MissionListing, NewMission } from '@flotilla/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor } from './fixture.ts';

type Filter = Omit<MissionListing, 'accountId'>;

let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

async function page(filter: Filter, limit = 100, before: string | null = null) {
  const { missions, next } = await f.db.missions.browse({ accountId: f.accountId, ...filter }, { before, limit });
  return { ids: missions.map(({ id }) => id), next };
}

const idsOf = async (filter: Filter) => (await page(filter)).ids;

async function newAgent(name: string, instructions: string): Promise<string> {
  const definition: AgentDefinition = { model: 'sim/load', instructions };
  return (await f.db.agents.put({ accountId: f.accountId, name, definition })).agent.id;
}

/** A mission in this status, with whatever else. */
async function newIn(status: MissionStatus, more: Partial<NewMission> = {}): Promise<string> {
  if (status === 'queued') return f.newMission(more);
  if (status === 'cancelled') {
    const id = await f.newMission(more);
    await f.db.missions.cancel(f.accountId, id);
    return id;
  }
  const run = await f.newRunning(more);
  if (status === 'waiting') await f.db.lease.leave({ ...run, ...parkFor({ step: 1, children: 0 }) });
  if (status === 'failed') await f.db.lease.leave({ ...run, status, code: 'max_steps', message: 'x' });
  if (status === 'completed') await f.db.lease.leave({ ...run, status, output: '' });
  return run.missionId;
}

it('a filter lets through what it names, of agents, sessions, tags and states, newest first', async () => {
  const [first, second, other] = [await newAgent('a', '1'), await newAgent('a', '2'), await newAgent('b', '1')];
  const [sessionId, another] = [await f.newSession(), await f.newSession()];
  const oldest = await newIn('completed', { agentId: first, tags: ['x', 'x', 'y'] });
  const failed = await newIn('failed', { agentId: second, sessionId, tags: ['x'] });
  const cancelled = await newIn('cancelled', { agentId: other, sessionId });
  const waiting = await newIn('waiting', { sessionId: another, tags: ['x'] });
  const newest = await newIn('queued', { agentId: second, tags: ['y'] });

  expect(await idsOf({})).toEqual([newest, waiting, cancelled, failed, oldest]);
  expect(await idsOf({ statuses: ['waiting', 'completed', 'cancelled'] })).toEqual([waiting, cancelled, oldest]);
  expect(await idsOf({ agent: { name: 'a', version: null } })).toEqual([newest, failed, oldest]);
  expect(await idsOf({ agent: { name: 'a', version: 2 } })).toEqual([newest, failed]);
  expect(await idsOf({ agent: { name: 'a', version: null }, statuses: ['failed', 'completed'] })).toEqual([
    failed,
    oldest,
  ]);
  expect(await idsOf({ agent: { name: 'nobody', version: null } })).toEqual([]);
  expect(await idsOf({ sessionId })).toEqual([cancelled, failed]);
  expect(await idsOf({ sessionId, statuses: ['failed'] })).toEqual([failed]);
  expect(await idsOf({ tag: 'x' })).toEqual([waiting, failed, oldest]);
  expect(await idsOf({ tag: 'x', statuses: ['completed', 'waiting'] })).toEqual([waiting, oldest]);
  expect(await idsOf({ tag: 'y', statuses: ['cancelled', 'queued', 'running'] })).toEqual([newest]);
  expect(await idsOf({ tag: 'X' })).toEqual([]);
  const running = await newIn('running', { tags: ['z'] });
  expect(await idsOf({ tag: 'z', statuses: ['failed', 'running'] })).toEqual([running]);
  expect(await idsOf({ tag: 'z', statuses: ['running'] })).toEqual([running]);
  expect(await idsOf({ tag: 'x', statuses: ['running'] })).toEqual([]);

  const all: Filter[] = [
    {},
    { statuses: ['failed', 'queued'] },
    { agent: { name: 'a', version: null } },
    { tag: 'x' },
    { tag: 'x', statuses: ['failed', 'queued'] },
  ];
  await f.sql.query(`UPDATE missions SET created_at = now() - interval '2 hours' WHERE id = $1`, [failed]);
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const filter of all) {
    expect(await idsOf({ ...filter, createdBefore: hourAgo })).toEqual([failed]);
    expect(await idsOf({ ...filter, createdAfter: hourAgo })).not.toContain(failed);
  }
  for (const filter of [...all, { sessionId }]) {
    const foreign = await f.db.missions.browse({ accountId: 'acc_other', ...filter }, { before: null, limit: 10 });
    expect(foreign).toEqual({ missions: [], next: null });
  }
});

it('a list tells of a mission what reading it tells, but for its long texts', async () => {
  const agentId = await newAgent('told', '1');
  const url = 'https://gone.example/hook';
  const gone = await f.db.endpoints.ensureForMission({ accountId: f.accountId, url, secret: null, secretHash: '' });
  await f.sql.query('UPDATE webhook_endpoints SET disabled_at = now() WHERE id = $1', [gone]);
  await f.db.pools.create('held');
  await f.db.pools.setPaused({ name: 'held', paused: true });
  const long = { goal: '🜁'.repeat(300), instructions: 'a long text', outputSchema: { type: 'object' } };
  const role = { name: 'role', model: 'sim/demo', instructions: 'a long text', tools: [] };
  const budget = { usd: 0.5, onExhausted: 'fail' as const };
  const spec: MissionSpec = {
    ...long,
    model: 'sim/load',
    tools: [],
    modelOptions: {},
    limits: { maxSteps: 9, maxOutputTokens: 9 },
    agent: { id: agentId, name: 'told', version: 1 },
  };
  const tags = ['told'];
  for (const status of MISSION_STATUSES) await newIn(status, { tags, spec, agentId, metadata: { of: status } });
  await f.newMission({ tags, pool: 'held', endpointId: gone });
  await f.newMission({ tags, spec: { ...spec, budget }, endpointId: null });
  await f.newMission({
    tags,
    spec: { ...spec, chain: [role, { ...role, budget: { steps: 3, onExhausted: 'fail' } }] },
  });

  const { missions } = await f.db.missions.browse({ accountId: f.accountId, tag: 'told' }, { before: null, limit: 10 });
  expect(missions).toHaveLength(9);
  expect(missions.map((mission) => mission.budget !== null)).toEqual([true, true, ...Array<boolean>(7).fill(false)]);
  expect(missions[2]).toMatchObject({ statusReason: { code: 'paused' }, webhook: { url, isEnabled: false } });
  for (const mission of missions) {
    const read = await f.db.missions.read(f.accountId, mission.id);
    if (read === null) throw new Error('what is listed is there');
    const { output: _output, spec: asked, ...rest } = read;
    const { goal, model, agent, chain } = asked;
    const roles = chain?.map((one) => ({ model: one.model, budget: one.budget }));
    const excerpt = { goal: Array.from(goal).slice(0, 250).join(''), model, agent, budget: asked.budget, chain: roles };
    // Of what is queued, time goes by between the two.
    expect({ ...mission, dueForMs: 0 }).toEqual({ ...rest, dueForMs: 0, spec: excerpt });
  }
});

it('pages hold every mission once, also while missions come and go', async () => {
  const agentId = await newAgent('paged', '1');
  const sessionId = await f.newSession();
  const filters: Filter[] = [
    { statuses: ['queued', 'cancelled'], tag: 'paged' },
    { statuses: ['queued', 'cancelled'], sessionId },
    { statuses: ['queued', 'cancelled'], agent: { name: 'paged', version: null } },
  ];
  for (const filter of filters) {
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) ids.unshift(await f.newMission({ agentId, sessionId, tags: ['paged'] }));
    const before = new Set((await idsOf(filter)).filter((id) => !ids.includes(id)));
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const read: Awaited<ReturnType<typeof page>> = await page(filter, 2, next);
      seen.push(...read.ids.filter((id) => !before.has(id)));
      next = read.next;
      // One that was seen goes over to another state, and one is new.
      await f.db.missions.cancel(f.accountId, seen[0] ?? '');
      before.add(await f.newMission({ agentId, sessionId, tags: ['paged'] }));
    } while (next !== null);
    expect(seen).toEqual(ids);
  }
});

it('what is rare among very many of a tag is found by asking on, a short page at a time', async () => {
  const rare = await newIn('failed', { tags: ['crowd'] });
  await f.sql.query(
    `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, output, tags, event_sequence, finished_at)
     SELECT new_id('mis'), account_id, spec, 1, 5, 'completed', '', '{crowd}', 0, now()
     FROM missions m, generate_series(1, 5000) WHERE m.id = $1`,
    [rare],
  );
  const first = await page({ tag: 'crowd', statuses: ['failed'] });
  expect(first).toEqual({ ids: [], next: expect.stringMatching(/^mis_/) });
  expect(await page({ tag: 'crowd', statuses: ['failed'] }, 100, first.next)).toEqual({ ids: [rare], next: null });
  expect((await page({ tag: 'crowd' }, 2)).ids).toHaveLength(2);
});

it('a tag goes with its missions', async () => {
  const id = await newIn('completed', { tags: ['gone', 'gone'] });
  const rows = async () => (await f.sql.query('SELECT tag FROM mission_tags WHERE mission_id = $1', [id])).rows;
  expect(await rows()).toEqual([{ tag: 'gone' }]);
  await f.sql.query('DELETE FROM missions WHERE id = $1', [id]);
  expect(await rows()).toEqual([]);
});
