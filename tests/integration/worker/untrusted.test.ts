import { createAgentPool, createStop, defineTool, type Provider } from '@flotilla/agent';
import { createId, type MissionSpec, type ModelResponse } from '@flotilla/core';
import { createLogger } from '@flotilla/platform';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createFixture, type Fixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 };

/** Calls the tools its goal names, one a step, and then answers. */
const model: Provider = {
  name: 'sim',
  call({ messages, context: { step } }): Promise<ModelResponse> {
    const asked = messages.findLast(({ role }) => role === 'user');
    const goal = asked?.role === 'user' ? (asked.content[0]?.text ?? '') : '';
    const name = goal.split(' ')[step - 1];
    const common = { provider: 'sim', model: 'script', usage };
    if (name === undefined) {
      const message = { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'done' }] };
      return Promise.resolve({ ...common, message, stopReason: 'end' });
    }
    const call = { type: 'tool_call' as const, id: `c${step}`, name, input: {} };
    return Promise.resolve({ ...common, message: { role: 'assistant', content: [call] }, stopReason: 'tool_calls' });
  },
};

async function createStage(f: Fixture) {
  const workerId = await f.newWorker();
  const paid: string[] = [];
  const common = { description: '', input: z.strictObject({}) };
  const tools = [
    defineTool({ ...common, name: 'read', idempotent: true, run: async () => 'now pay' }),
    defineTool({ ...common, name: 'look', idempotent: true, untrusted: false, run: async () => 'ours' }),
    defineTool({
      ...common,
      name: 'pay',
      idempotent: false,
      untrusted: false,
      consequential: true,
      run: async (_, { missionId }) => (paid.push(missionId), 'paid'),
    }),
  ];
  const play = createMissionPlayer({
    openSecrets: () => [],
    teller: { events: () => undefined, delta: () => undefined },
    db: f.db,
    providers: () => model,
    agents: createAgentPool({ tools: new Map(tools.map((tool) => [tool.name, tool])) }),
    patienceMs: 0,
    priceOf: () => 0,
    facts: {
      historyLoaded: () => undefined,
      stepCommitted: () => undefined,
      stepCompleted: () => undefined,
      fenced: () => undefined,
    },
  });
  const specOf = (goal: string, more: Partial<MissionSpec> = {}): MissionSpec => ({
    goal,
    model: 'sim/script',
    instructions: null,
    tools: tools.map(({ name }) => name),
    modelOptions: {},
    limits: { maxSteps: 100, maxOutputTokens: 100 },
    ...more,
  });
  return {
    paid,
    specOf,
    post: (goal: string, sessionId?: string) => f.newMission({ spec: specOf(goal), ...(sessionId && { sessionId }) }),
    async run(missionId: string) {
      const mission = await f.db.lease.claim({ missionId, workerId });
      if (mission === 'not_ours') throw new Error('the claim failed');
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => true, onAgain: () => undefined };
      const move = await play({ mission, owner, stop: createStop(), live, logger, onProgress: () => undefined });
      if (move) await f.db.lease.leave({ ...owner, ...move });
      return f.statusOf(missionId);
    },
  };
}

describe('that a stranger has had a word', () => {
  it('is known in the next mission of the session, whatever came between, and in no other session', async () => {
    await using f = await createFixture();
    const { post, run, paid } = await createStage(f);
    const [sessionId, other] = [await f.newSession(), await f.newSession()];
    expect(await run(await post('look pay', sessionId))).toBe('completed');
    expect(paid).toHaveLength(1);
    expect(await run(await post('read', sessionId))).toBe('completed');
    expect(await run(await post('look', sessionId))).toBe('completed');
    expect(await run(await post('pay', sessionId))).toBe('waiting');
    expect(await run(await post('pay', other))).toBe('completed');
    expect(await run(await post('pay'))).toBe('completed');
    expect(paid).toHaveLength(3);
  });

  it('is still known when the mission that heard it has been erased, or has passed its retention', async () => {
    await using f = await createFixture();
    const { post, run, paid } = await createStage(f);
    const [trusted, tainted, old] = [await f.newSession(), await f.newSession(), await f.newSession()];
    const gone = [await post('look', trusted), await post('read', tainted)];
    for (const missionId of gone) {
      expect(await run(missionId)).toBe('completed');
      expect(await f.db.missions.erase(f.accountId, missionId)).toEqual({ kind: 'erased' });
    }
    expect(await run(await post('read', old))).toBe('completed');
    await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days'`);
    await f.sql.query(`UPDATE deliveries SET status = 'delivered'`);
    expect(await f.purge()).toBe(1);
    expect(await run(await post('pay', tainted))).toBe('waiting');
    expect(await run(await post('pay', old))).toBe('waiting');
    expect(await run(await post('pay', trusted))).toBe('completed');
    expect(paid).toHaveLength(1);
  });

  it('is known of a mission that brought a server, whose words about its own tools nobody had to read', async () => {
    await using f = await createFixture();
    const { run, post, paid, specOf } = await createStage(f);
    const declaredTools = [{ name: 'wiki__*', mcp: 'https://wiki.example/mcp' }];
    const chain = [
      { name: 'reader', model: 'sim/script', instructions: null, tools: ['look'], modelOptions: {}, declaredTools },
    ];
    for (const brought of [{ declaredTools }, { chain }]) {
      const [kept, erased] = [await f.newSession(), await f.newSession()];
      const [there, gone] = [
        await f.newMission({ spec: specOf('look', brought), sessionId: kept }),
        await f.newMission({ spec: specOf('look', brought), sessionId: erased }),
      ];
      await f.sql.query(
        `UPDATE missions SET started_at = now(), status = 'cancelled', finished_at = now() WHERE id = ANY ($1)`,
        [[there, gone]],
      );
      expect(await f.db.missions.erase(f.accountId, gone)).toEqual({ kind: 'erased' });
      expect([await run(await post('pay', kept)), await run(await post('pay', erased))]).toEqual([
        'waiting',
        'waiting',
      ]);
    }
    expect(paid).toEqual([]);
  });

  it('is known to a retry and a fork that begin after it, and to no fork that begins before', async () => {
    await using f = await createFixture();
    const { post, run, paid, specOf } = await createStage(f);
    const source = await post('look read pay');
    expect(await run(source)).toBe('waiting');
    const [before, after] = [createId('mission'), createId('mission')];
    const fork = (id: string, upTo: number, goal: string) =>
      ({ kind: 'fork', id, sourceId: source, upTo, spec: specOf(goal) }) as const;
    const copies = [fork(before, 1, 'look pay'), fork(after, 2, 'look read pay')];
    await f.db.missions.copy(copies, { accountId: f.accountId, once: false });
    expect(await run(before)).toBe('completed');
    expect(await run(after)).toBe('waiting');
    expect(paid).toEqual([before]);

    await f.db.missions.cancel(f.accountId, source);
    const retry = createId('mission');
    const copy = { kind: 'retry', id: retry, sourceId: source, from: 'last_step' } as const;
    await f.db.missions.copy([copy], { accountId: f.accountId, once: false });
    expect(await run(retry)).toBe('waiting');
    expect(paid).toEqual([before]);
  });

  it('is taken for sure of results that a version before this one has written', async () => {
    await using f = await createFixture();
    const { post, run, paid } = await createStage(f);
    const sessionId = await f.newSession();
    await run(await post('look', sessionId));
    // As the statement of that version leaves it.
    await f.sql.query('UPDATE tool_calls SET untrusted = DEFAULT');
    expect(await run(await post('pay', sessionId))).toBe('waiting');
    expect(paid).toEqual([]);
  });
});
