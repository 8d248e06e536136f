import { type AgentDefinition, agentDefinitionSchema } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, claim, commitStep, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await api.db.pools.create('research');
});
afterAll(() => api[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DEFINITION = {
  model: 'sim/demo',
  instructions: 'You research. Cite what you found.',
  tools: ['http_fetch', 'calculator'],
  limits: { maxSteps: 12 },
  modelOptions: { temperature: 0.5 },
};

const put = (name: string, body: object, key?: string) =>
  api.call('PUT', `/v1/agents/${name}`, { body, ...(key && { key }) });

describe('PUT /v1/agents/:name', () => {
  it('makes a version, keeps it for the same definition, and makes the next for another', async () => {
    const first = await put('versions', DEFINITION);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe('/v1/agents/versions?version=1');
    expect(first.body).toEqual({
      name: 'versions',
      version: 1,
      model: 'sim/demo',
      definition: DEFINITION,
      createdAt: expect.stringMatching(TIME),
    });
    const reordered = Object.fromEntries(Object.entries(DEFINITION).toReversed());
    const again = await put('versions', reordered);
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: first.body });

    const changed = { ...DEFINITION, instructions: 'You research. Be brief.' };
    expect(await put('versions', changed)).toMatchObject({ status: 201, body: { version: 2, definition: changed } });
    // Back again is a third one: versions only ever count up.
    expect(await put('versions', DEFINITION)).toMatchObject({ status: 201, body: { version: 3 } });
    expect((await api.call('GET', '/v1/agents/versions?version=1')).body).toEqual(first.body);
    expect((await api.call('GET', '/v1/agents/versions')).body).toMatchObject({ version: 3 });
  });

  it('makes one version after the other, however many come at once', async () => {
    const notes = Array.from({ length: 8 }, (_, at) => ({ ...DEFINITION, instructions: `Note ${at}.` }));
    const answers = await Promise.all(notes.map((definition) => put('crowded', definition)));
    expect(answers.map(({ status }) => status)).toEqual(notes.map(() => 201));
    const versions = answers.map(({ body }) => Number(body['version']));
    expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('keeps all that may be said of an agent, so that what was read can be PUT again', async () => {
    const whole: Required<AgentDefinition> = {
      ...DEFINITION,
      smallModel: 'sim/demo',
      summarize: true,
      fallbackModels: ['sim/load'],
      afterUntrusted: 'run',
      budget: { usd: 1, tokens: 1_000, steps: 5, wallClockSeconds: 60, onExhausted: 'fail' },
      modelOptions: { temperature: 0.5, reasoningEffort: 'high' },
      outputSchema: { type: 'object' },
      pool: 'research',
    };
    expect(Object.keys(whole).toSorted()).toEqual(Object.keys(agentDefinitionSchema.shape).toSorted());
    expect(await put('whole', whole)).toMatchObject({ status: 201, body: { definition: whole } });
    const { definition } = (await api.call('GET', '/v1/agents/whole')).body;
    expect(definition).toEqual(whole);
    expect(await put('whole', Object(definition))).toMatchObject({ status: 200, body: { version: 1 } });
  });

  it('gives every one of many at the same moment a version of its own, without gaps', async () => {
    const bodies = Array.from({ length: 20 }, (_, number) => ({ ...DEFINITION, instructions: `variant ${number}` }));
    const answers = await Promise.all(bodies.map((body) => put('crowd', body)));
    expect(answers.map(({ body }) => Number(body['version'])).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, number) => number + 1),
    );
    const same = await Promise.all(bodies.map(() => put('crowd-of-one', DEFINITION)));
    expect(new Set(same.map(({ body }) => body['version']))).toEqual(new Set([1]));
    expect(same.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it.each([
    ['no model', { model: undefined }, 'invalid_request /model'],
    ['no instructions', { instructions: undefined }, 'invalid_request /instructions'],
    ['an unknown field', { prompt: 'x' }, 'invalid_request /prompt'],
    ['a name in its body', { name: 'x' }, 'invalid_request /name'],
    ['a limit of no steps', { limits: { maxSteps: 0 } }, 'invalid_request /limits/maxSteps'],
    ['an option of another model', { modelOptions: { steps: 1 } }, 'invalid_request /modelOptions/steps'],
    ['text that cannot be stored', { instructions: 'a\0b' }, 'invalid_request /instructions'],
    [
      'a schema of its own making',
      { outputSchema: { type: 'object', pattern: 'x' } },
      'invalid_request /outputSchema/pattern',
    ],
    ['an unknown model', { model: 'gpt-5' }, 'unknown_model /model'],
    ['an unknown small model', { smallModel: 'gpt-5' }, 'unknown_model /smallModel'],
    ['summaries by no model', { summarize: true }, 'invalid_request /smallModel'],
    ['an unknown fallback', { fallbackModels: ['sim/demo', 'x'] }, 'unknown_model /fallbackModels/1'],
    ['an unknown tool', { tools: ['calculator', 'teleport'] }, 'unknown_tool /tools/1'],
    ['an unknown pool', { pool: 'nowhere' }, 'unknown_pool /pool'],
  ])('refuses %s, says where, and stores nothing', async (_, change, expected) => {
    const rows = await api.countRows();
    const answer = await put('refused', { ...DEFINITION, ...change });
    expect(problemIn(answer)).toEqual(problem(422, String(answer.body['code'])));
    expect(answer.body.errors.map((error) => `${String(answer.body['code'])} ${error.path}`)).toEqual([expected]);
    await api.checkUnharmed(rows);
  });

  it.each(['A', 'a.b', '-a', 'a'.repeat(64), '%00', '%2e%2e%2fx', '__proto__'])(
    'takes no name like %s',
    async (name) => {
      const rows = await api.countRows();
      expect(problemIn(await put(name, DEFINITION))).toEqual(problem(422, 'invalid_request'));
      expect(problemIn(await api.call('GET', `/v1/agents/${name}`))).toEqual(problem(404, 'not_found'));
      await api.checkUnharmed(rows);
    },
  );
});

describe('GET /v1/agents', () => {
  it('pages through the newest versions by name, and through all versions of one', async () => {
    const { key } = await api.newAccount('agent-pages');
    for (const name of ['c', 'a', 'b']) await put(name, DEFINITION, key);
    await put('b', { ...DEFINITION, instructions: 'second' }, key);
    const first = (await api.call('GET', '/v1/agents?limit=2', { key })).body;
    const second = (await api.call('GET', `/v1/agents?limit=2&cursor=${first.nextCursor ?? ''}`, { key })).body;
    expect([...first.data, ...second.data].map(({ name, version }) => `${String(name)}@${String(version)}`)).toEqual([
      'a@1',
      'b@2',
      'c@1',
    ]);
    expect(first.data[0]).toEqual({ name: 'a', version: 1, model: 'sim/demo', createdAt: expect.stringMatching(TIME) });
    expect(second.nextCursor).toBeNull();

    const newest = (await api.call('GET', '/v1/agents/b/versions?limit=1', { key })).body;
    const oldest = (await api.call('GET', `/v1/agents/b/versions?cursor=${newest.nextCursor ?? ''}`, { key })).body;
    expect([...newest.data, ...oldest.data].map(({ version }) => version)).toEqual([2, 1]);
  });

  it('finds no version that never was, and takes no strange one', async () => {
    await put('lonely', DEFINITION);
    expect(problemIn(await api.call('GET', '/v1/agents/lonely?version=2'))).toEqual(problem(404, 'not_found'));
    for (const version of ['0', '-1', 'x', '1.5', '9999999999']) {
      const answer = await api.call('GET', `/v1/agents/lonely?version=${version}`);
      expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    }
  });
});

describe('a mission that names an agent', () => {
  it('is played as the agent was at that moment, whatever becomes of the agent', async () => {
    await put('worker', DEFINITION);
    const posted = await api.call('POST', '/v1/missions', { body: { goal: 'Find out', agent: 'worker' } });
    expect(posted.body).toMatchObject({ status: 'queued', agent: { name: 'worker', version: 1 } });
    await put('worker', { ...DEFINITION, model: 'sim/load', instructions: 'Another', modelOptions: { steps: 3 } });
    expect((await api.call('GET', `/v1/missions/${posted.body.id}`)).body).toMatchObject({
      agent: { name: 'worker', version: 1 },
      model: 'sim/demo',
      instructions: DEFINITION.instructions,
      tools: DEFINITION.tools,
      modelOptions: { temperature: 0.5 },
      limits: { maxSteps: 12, maxOutputTokens: 8_192 },
    });
    const newest = await api.post({ goal: 'x', agent: 'worker' });
    const named = await api.post({ goal: 'x', agent: 'worker@1', limits: { maxOutputTokens: 9 } });
    expect((await api.call('GET', `/v1/missions/${newest}`)).body).toMatchObject({
      agent: { version: 2 },
      model: 'sim/load',
    });
    expect((await api.call('GET', `/v1/missions/${named}`)).body).toMatchObject({
      agent: { version: 1 },
      limits: { maxSteps: 12, maxOutputTokens: 9 },
    });
  });

  it('has it in its row and on its bill', async () => {
    await put('billed', DEFINITION);
    const id = await api.post({ goal: 'x', agent: 'billed' });
    await commitStep(api, await claim(api, id), { number: 1, text: 'done' });
    const { rows } = await api.sql.query(
      `SELECT a.name, a.version, u.agent_id = m.agent_id AS billed
       FROM missions m JOIN agents a ON a.id = m.agent_id JOIN usage_records u ON u.mission_id = m.id WHERE m.id = $1`,
      [id],
    );
    expect(rows).toEqual([{ name: 'billed', version: 1, billed: true }]);
  });

  it('may be a chain, whose roles are agents or not', async () => {
    await put('reader', { ...DEFINITION, tools: ['http_fetch'] });
    await put('writer', { ...DEFINITION, instructions: 'You write.', tools: [] });
    const chain = [{ agent: 'writer' }, { name: 'checker', instructions: 'You check.' }];
    const id = await api.post({ goal: 'x', agent: 'reader', chain });
    expect((await api.call('GET', `/v1/missions/${id}`)).body['chain']).toEqual([
      {
        name: 'writer',
        agent: { name: 'writer', version: 1 },
        model: 'sim/demo',
        instructions: 'You write.',
        tools: [],
        declaredTools: [],
      },
      {
        name: 'checker',
        agent: null,
        model: 'sim/demo',
        instructions: 'You check.',
        tools: ['http_fetch'],
        declaredTools: [],
      },
    ]);
  });

  it('goes to the agent’s pool, unless it says otherwise', async () => {
    await put('pooled', { ...DEFINITION, pool: 'research' });
    const poolOf = async (body: object) => (await api.call('POST', '/v1/missions', { body })).body['pool'];
    expect(await poolOf({ goal: 'x', agent: 'pooled' })).toBe('research');
    expect(await poolOf({ goal: 'x', agent: 'pooled', pool: 'default' })).toBe('default');
  });

  it.each([
    ['an agent that is not there', { agent: 'nobody' }, 'unknown_agent /agent'],
    ['a version that is not there', { agent: 'strict@99' }, 'unknown_agent /agent'],
    ['what is no name', { agent: '../strict' }, 'unknown_agent /agent'],
    [
      'an unknown agent in a chain',
      { chain: [{ agent: 'strict' }, { agent: 'nobody' }] },
      'unknown_agent /chain/1/agent',
    ],
    ['a model beside it', { agent: 'strict', model: 'sim/demo' }, 'invalid_request /model'],
    ['tools beside it', { agent: 'strict', tools: [] }, 'invalid_request /tools'],
    ['a number', { agent: 1 }, 'invalid_request /agent'],
    ['a role without anything', { chain: [{ name: 'x' }] }, 'invalid_request /chain/0/instructions'],
  ])('is refused with %s', async (_, fields, expected) => {
    await put('strict', DEFINITION);
    const rows = await api.countRows();
    const answer = await api.call('POST', '/v1/missions', { body: { goal: 'x', ...fields } });
    expect(problemIn(answer)).toEqual(problem(422, String(answer.body['code'])));
    expect(answer.body.errors.map((error) => `${String(answer.body['code'])} ${error.path}`)).toEqual([expected]);
    await api.checkUnharmed(rows);
  });

  it('is refused where the agent’s model may not be used any more', async () => {
    await put('dated', DEFINITION);
    await api.sql.query(
      `UPDATE agents SET definition = jsonb_set(definition, '{model}', '"sim/gone"') WHERE name = 'dated'`,
    );
    const answer = await api.call('POST', '/v1/missions', { body: { goal: 'x', agent: 'dated' } });
    expect(problemIn(answer)).toEqual({ ...problem(422, 'unknown_model') });
    expect(answer.body).toMatchObject({ errors: [{ path: '/agent' }], detail: expect.stringContaining('dated@1') });
  });

  it('keeps its agent when it is retried, and is no longer the agent’s when a fork changes what the agent is', async () => {
    await put('forked', DEFINITION);
    const id = await api.post({ goal: 'x', agent: 'forked' });
    const fork = (patch: object) => api.call('POST', `/v1/missions/${id}/fork`, { body: { step: 0, patch } });
    expect((await fork({ goal: 'y' })).body).toMatchObject({ agent: { name: 'forked', version: 1 } });
    const other = (await fork({ instructions: 'Another' })).body;
    expect(other).toMatchObject({ agent: null });
    await commitStep(api, await claim(api, other.id), { number: 1, text: 'done' });
    const { rows } = await api.sql.query(
      `SELECT m.agent_id AS mission, u.agent_id AS bill
       FROM missions m JOIN usage_records u ON u.mission_id = m.id WHERE m.id = $1`,
      [other.id],
    );
    expect(rows).toEqual([{ mission: null, bill: null }]);
  });
});
