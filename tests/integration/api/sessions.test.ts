import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waiters } from '../../harness/index.ts';
import { type Api, claim, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('a session', () => {
  it('is made, read and listed, newest first', async () => {
    const { key } = await api.newAccount('sessions');
    const made = [];
    for (const body of [undefined, {}, undefined]) made.unshift(await api.call('POST', '/v1/sessions', { key, body }));
    const [newest] = made;
    expect(newest).toMatchObject({ status: 201 });
    expect(newest?.body).toEqual({
      id: expect.stringMatching(/^ses_[0-9a-f]{32}$/),
      activeMissionId: null,
      createdAt: expect.stringMatching(TIME),
    });
    expect(newest?.headers.get('location')).toBe(`/v1/sessions/${newest?.body.id}`);
    const usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costUsd: 0 };
    const read = (await api.call('GET', `/v1/sessions/${newest?.body.id}`, { key })).body;
    expect(read).toEqual({ ...newest?.body, usage });

    const first = (await api.call('GET', '/v1/sessions?limit=2', { key })).body;
    const second = (await api.call('GET', `/v1/sessions?limit=2&cursor=${first.nextCursor ?? ''}`, { key })).body;
    expect([...first.data, ...second.data]).toEqual(made.map(({ body }) => body));
    expect([first['hasMore'], second['hasMore']]).toEqual([true, false]);
  });

  it('gathers the missions that were posted into it', async () => {
    const { id: sessionId } = (await api.call('POST', '/v1/sessions')).body;
    await api.post();
    const ids = [];
    for (const goal of ['first', 'second']) ids.unshift(await api.post({ goal, sessionId }));
    const listed = (await api.call('GET', `/v1/missions?sessionId=${sessionId}`)).body.data;
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(listed[0]).toMatchObject({ sessionId });
  });

  it('names the mission whose turn it is, until that has ended', async () => {
    const { id: sessionId } = (await api.call('POST', '/v1/sessions')).body;
    const missionId = await api.post({ goal: 'x', sessionId });
    const activeOf = async () => {
      const listed = (await api.call('GET', '/v1/sessions')).body.data.find(({ id }) => id === sessionId);
      const read = (await api.call('GET', `/v1/sessions/${sessionId}`)).body;
      expect(listed?.['activeMissionId']).toBe(read['activeMissionId']);
      return read['activeMissionId'];
    };
    expect(await activeOf()).toBeNull();
    const run = await claim(api, missionId);
    expect(await activeOf()).toBe(missionId);
    await api.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    expect(await activeOf()).toBeNull();
  });

  it('shows the plan that its missions share, as each of them does, and one alone its own', async () => {
    const { id: sessionId } = (await api.call('POST', '/v1/sessions')).body;
    const [first, second, alone] = [
      await api.post({ goal: 'x', sessionId }),
      await api.post({ goal: 'y', sessionId }),
      await api.post(),
    ];
    const planOf = async (path: string) => (await api.call('GET', `/v1/${path}/plan`)).body;
    expect(await planOf(`sessions/${sessionId}`)).toEqual({ data: [] });
    const items = [
      { text: 'look', done: true },
      { text: 'write', done: false },
    ];
    const own = [{ text: 'alone', done: false }];
    await api.db.plans.write({ ...(await claim(api, first)), items });
    await api.db.plans.write({ ...(await claim(api, alone)), items: own });
    for (const path of [`sessions/${sessionId}`, `missions/${first}`, `missions/${second}`]) {
      expect(await planOf(path)).toEqual({ data: items });
    }
    expect(await planOf(`missions/${alone}`)).toEqual({ data: own });
  });

  it('is not found under what is no id, and takes no fields', async () => {
    for (const id of ['x', 'ses_', createId('mission'), createId('session'), '__proto__', '%00']) {
      expect(problemIn(await api.call('GET', `/v1/sessions/${id}`))).toEqual(problem(404, 'not_found'));
    }
    expect(problemIn(await api.call('POST', '/v1/sessions', { body: { name: 'x' } }))).toEqual(
      problem(422, 'invalid_request'),
    );
    for (const query of ['/v1/missions?sessionId=x', '/v1/sessions?limit=0', '/v1/sessions?sort=id']) {
      expect(problemIn(await api.call('GET', query))).toEqual(problem(422, 'invalid_request'));
    }
    const { nextCursor } = (await api.call('GET', '/v1/sessions?limit=1')).body;
    expect(problemIn(await api.call('GET', `/v1/missions?cursor=${nextCursor ?? ''}`))).toEqual(
      problem(400, 'invalid_cursor'),
    );
  });
});

describe('an erased session', () => {
  const newSession = async () => (await api.call('POST', '/v1/sessions')).body.id;
  const erase = (sessionId: string) => api.call('DELETE', `/v1/sessions/${sessionId}`);
  const gone = problem(404, 'not_found');

  it('is gone with its missions, and takes no more of them; one with a mission that has not ended stays', async () => {
    const sessionId = await newSession();
    const missionId = await api.post({ goal: 'a secret goal', sessionId });
    const refused = await erase(sessionId);
    expect(problemIn(refused)).toEqual(problem(409, 'mission_not_ended'));
    expect(refused.body).toMatchObject({ missionStatus: 'queued' });
    await api.call('POST', `/v1/missions/${missionId}/cancel`);
    const erased = await erase(sessionId);
    expect([erased.status, erased.text]).toEqual([204, '']);
    for (const path of [`sessions/${sessionId}`, `sessions/${sessionId}/plan`, `missions/${missionId}`]) {
      expect(problemIn(await api.call('GET', `/v1/${path}`))).toEqual(gone);
    }
    const posted = await api.call('POST', '/v1/missions', { body: { goal: 'x', sessionId } });
    expect(problemIn(posted)).toEqual(problem(422, 'unknown_session'));
    expect(problemIn(await erase(sessionId))).toEqual(gone);
  });

  it('has whoever posts into it at that moment come again, and is not found then', async () => {
    const sessionId = await newSession();
    const body = { goal: 'x', sessionId };
    const posts = [
      () => api.call('POST', '/v1/missions', { body }),
      () => api.call('POST', '/v1/missions', { body: { ...body, dedupe: { key: 'at that moment' } } }),
      () => api.call('POST', '/v1/missions/batch', { body: { missions: [body] } }),
    ];
    const deleting = await api.sql.connect();
    await deleting.query('BEGIN');
    await deleting.query('DELETE FROM sessions WHERE id = $1', [sessionId]);
    const posted = Promise.all(posts.map((post) => post()));
    await waiters(api, posts.length);
    await deleting.query('COMMIT');
    deleting.release();
    for (const answer of await posted) {
      expect(problemIn(answer)).toEqual(problem(503, 'unavailable'));
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const again = await Promise.all(posts.map((post) => post()));
    expect(again.slice(0, 2).map(problemIn)).toEqual(Array(2).fill(problem(422, 'unknown_session')));
    expect(again[2]?.body).toMatchObject({ refused: 1, data: [{ problem: { code: 'unknown_session' } }] });
  });
});

describe('a chain', () => {
  it('is kept with what each role has from the mission where it names nothing itself', async () => {
    const chain = [
      { name: 'writer', instructions: 'Write.', tools: ['ask_user'] },
      { model: 'sim/load', instructions: 'Work.' },
    ];
    const id = await api.post({ goal: 'x', tools: ['calculator', 'run_mission'], chain });
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({
      chainStage: 0,
      chain: [
        { name: 'writer', model: 'sim/demo', instructions: 'Write.', tools: ['ask_user'] },
        { name: 'stage 2', model: 'sim/load', instructions: 'Work.', tools: ['calculator', 'run_mission'] },
      ],
    });
  });
});

describe('POST /v1/missions with messages', () => {
  const said = [
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: 'Seven.' },
  ];
  const messages = [...said, { role: 'user', content: 'And twice that?' }];

  it('takes the last of them for its goal, and shows all', async () => {
    const id = await api.post({ messages });
    const { body } = await api.call('GET', `/v1/missions/${id}`);
    expect(body).toMatchObject({ goal: 'And twice that?', messages });
    const listed = (await api.call('GET', '/v1/missions?limit=1')).body.data;
    expect(listed).toMatchObject([{ id, goalExcerpt: 'And twice that?' }]);
    const { rows } = await api.sql.query('SELECT spec_version AS version FROM missions WHERE id = $1', [id]);
    expect(rows).toEqual([{ version: 7 }]);
  });

  it('keeps them in a retry and in a fork, which may have another goal', async () => {
    const id = await api.post({ messages });
    const forked = await api.call('POST', `/v1/missions/${id}/fork`, {
      body: { step: 0, patch: { goal: 'And half?' } },
    });
    expect(forked.body).toMatchObject({ messages: [...said, { role: 'user', content: 'And half?' }] });
    await api.call('POST', `/v1/missions/${id}/cancel`);
    const retried = await api.call('POST', `/v1/missions/${id}/retry`);
    expect(retried.body).toMatchObject({ goal: 'And twice that?', messages });
    const { rows } = await api.sql.query('SELECT spec_version AS version FROM missions WHERE id = ANY ($1)', [
      [forked.body.id, retried.body.id],
    ]);
    expect(rows).toEqual([{ version: 7 }, { version: 7 }]);
  });
});
