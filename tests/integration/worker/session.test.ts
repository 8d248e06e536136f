import { createAgentPool, createStop, defineTool, type ModelRequest, type Provider } from '@flotilla/agent';
import type { Message, MissionSpec, ModelResponse } from '@flotilla/core';
import { createLogger } from '@flotilla/platform';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createFixture, type Fixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const echo = defineTool({
  name: 'echo',
  description: 'Says it again',
  input: z.strictObject({ text: z.string() }),
  idempotent: true,
  untrusted: false,
  run: async ({ text }) => `echo: ${text}`,
});

const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 };

/** Calls `echo` as often as its goal says ("3 calls …"), and then answers with its goal. */
function createModel(): Provider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name: 'sim',
    requests,
    async call(request): Promise<ModelResponse> {
      requests.push(request);
      const goal = textsOf(request.messages.filter(({ role }) => role === 'user')).at(-1) ?? '';
      const calls = Number(/^(\d+) calls/.exec(goal)?.[1] ?? 0);
      const { step } = request.context;
      const common = { provider: 'sim', model: 'script', usage };
      if (step > calls) {
        const message = { role: 'assistant' as const, content: [{ type: 'text' as const, text: `done: ${goal}` }] };
        return { ...common, message, stopReason: 'end' };
      }
      const call = { type: 'tool_call' as const, id: `c${step}`, name: 'echo', input: { text: `${goal} ${step}` } };
      return { ...common, message: { role: 'assistant', content: [call] }, stopReason: 'tool_calls' };
    },
  };
}

function textsOf(messages: readonly Message[]): string[] {
  return messages.flatMap((message) =>
    message.role === 'tool'
      ? message.results.map(({ content }) => content)
      : message.content.flatMap((part) => (part.type === 'text' ? part.text : part.type)),
  );
}

async function createConversation(f: Fixture) {
  const model = createModel();
  const workerId = await f.newWorker();
  const sessionId = await f.newSession();
  const facts = {
    historyLoaded: () => undefined,
    stepCommitted: () => undefined,
    stepCompleted: () => undefined,
    fenced: () => undefined,
  };
  const agents = createAgentPool({ tools: new Map([[echo.name, echo]]) });
  const teller = { events: () => undefined, delta: () => undefined };
  const play = createMissionPlayer({
    openSecrets: () => [],
    db: f.db,
    providers: () => model,
    agents,
    patienceMs: 0,
    priceOf: () => 0,
    facts,
    teller,
  });
  return {
    model,
    post: (goal: string, spec: Partial<MissionSpec> = {}) =>
      f.newMission({
        sessionId,
        spec: {
          goal,
          model: 'sim/script',
          instructions: null,
          tools: ['echo'],
          modelOptions: {},
          limits: { maxSteps: 100, maxOutputTokens: 100 },
          ...spec,
        },
      }),
    async run(missionId: string) {
      const mission = await f.db.lease.claim({ missionId, workerId });
      if (mission === 'not_ours') throw new Error('the claim failed');
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => true, onAgain: () => undefined };
      const move = await play({ mission, owner, stop: createStop(), live, logger, onProgress: () => undefined });
      if (move) await f.db.lease.leave({ ...owner, ...move });
      return move;
    },
    /** What the model was shown in its last call. */
    shown: () => textsOf(model.requests.at(-1)?.messages ?? []),
  };
}

describe('the missions of a session', () => {
  it('share a conversation: each sees the goals, the answers and the tool results of those before it', async () => {
    await using f = await createFixture();
    const { post, run, shown } = await createConversation(f);
    const first = await post('1 calls, please');
    const second = await post('and now?');
    await run(first);
    await run(second);
    const heard = ['1 calls, please', 'tool_call', 'echo: 1 calls, please 1', 'done: 1 calls, please'];
    expect(shown()).toEqual([...heard, 'and now?']);
    await run(await post('without tools', { tools: [] }));
    // Without tools of its own it cannot be shown the calls of others.
    expect(shown()).toEqual(['1 calls, please', heard.at(-1), 'and now?', 'done: and now?', 'without tools']);
  });

  it('are shown what a mission was posted with before its goal, after the session’s own, and from then on', async () => {
    await using f = await createFixture();
    const { post, run, shown } = await createConversation(f);
    await run(await post('first'));
    const said = [
      { role: 'user' as const, content: 'said elsewhere' },
      { role: 'assistant' as const, content: 'answered elsewhere' },
    ];
    await run(await post('1 calls of it', { said }));
    const before = ['first', 'done: first', 'said elsewhere', 'answered elsewhere', '1 calls of it'];
    expect(shown()).toEqual([...before, 'tool_call', 'echo: 1 calls of it 1']);
    await run(await post('and then?', { tools: [] }));
    expect(shown()).toEqual([...before, 'done: 1 calls of it', 'and then?']);
  });

  it('hear nothing of missions outside, of one that never ran, or of what comes later', async () => {
    await using f = await createFixture();
    const { post, run, shown } = await createConversation(f);
    const stranger = await createConversation(f);
    await stranger.run(await stranger.post('a secret of another session'));
    const cancelled = await post('never begun');
    await f.db.missions.cancel(f.accountId, cancelled);
    const mine = await post('mine');
    await post('later');
    await run(mine);
    expect(shown()).toEqual(['mine']);
  });

  it('are told of one that failed that it was not finished, with what it had found out', async () => {
    await using f = await createFixture();
    const { post, run, shown } = await createConversation(f);
    await run(await post('9 calls', { limits: { maxSteps: 2, maxOutputTokens: 100 } }));
    await run(await post('go on'));
    const found = [1, 2].flatMap((step) => ['tool_call', `echo: 9 calls ${step}`]);
    expect(shown()).toEqual(['9 calls', ...found, '(I did not finish this.)', 'go on']);
  });

  it('are not told of the mission that they are a retry of: they have its steps themselves', async () => {
    await using f = await createFixture();
    const { post, run, shown } = await createConversation(f);
    const failed = await post('3 calls', { limits: { maxSteps: 2, maxOutputTokens: 100 } });
    await run(failed);
    const id = `mis_ff${failed.slice(6)}`;
    const copy = { kind: 'retry', id, sourceId: failed, from: 'start' } as const;
    await f.db.missions.copy([copy], { accountId: f.accountId, once: false });
    await run(id);
    expect(shown().filter((text) => text === '3 calls')).toHaveLength(1);
    expect(shown()).not.toContain('(I did not finish this.)');
  });

  it('are shown fifty messages at most, however long the session is, the goal always among them', async () => {
    await using f = await createFixture();
    const { model, post, run, shown } = await createConversation(f);
    for (let number = 0; number < 45; number++) await run(await post(`question ${number}`));
    await run(await post('the last'));
    expect(shown().slice(-3)).toEqual(['question 44', 'done: question 44', 'the last']);
    // An even number of messages before the goal: the window would begin with an answer, and so begins one later.
    expect(shown()).toHaveLength(49);

    await run(await post('60 calls of it'));
    expect(Math.max(...model.requests.map(({ messages }) => messages.length))).toBeLessThanOrEqual(50);
    expect(shown()[0]).toBe('60 calls of it');
    expect(shown().at(-1)).toBe('echo: 60 calls of it 60');
    expect(
      await f.db.steps.read({ missionId: model.requests.at(-1)?.context.missionId ?? '', after: 0, limit: 100 }),
    ).toHaveLength(61);
  });
});
