import { FencedError } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createAgentPool } from './agent-pool.ts';
import type { Journal } from './journal.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { createTool, deaf, echo } from './testing/tools.ts';

function recordCommits(journal: Journal, log: string[]): Journal {
  return {
    async commitResponse(commit) {
      log.push(`response ${commit.number}`);
      await journal.commitResponse(commit);
    },
    commitSummary: (commit) => journal.commitSummary(commit),
    commitUnusedCall: (commit) => journal.commitUnusedCall(commit),
    async startToolCall(start) {
      log.push(`start ${start.step}.${start.index}`);
      await journal.startToolCall(start);
    },
    async commitToolResult(commit) {
      log.push(`result ${commit.step}.${commit.index}`);
      await journal.commitToolResult(commit);
    },
  };
}

describe('a mission', () => {
  test('without tool calls is completed with the text of the reply', async () => {
    const { input, journal } = createScene([says('42')]);
    expect(await runMission(input)).toEqual({ kind: 'completed', output: '42' });
    expect(journal.steps).toMatchObject([{ number: 1, tries: 1, toolCalls: [] }]);
  });

  test('commits the reply before any of its tools runs, and each result before the next model call', async () => {
    const log: string[] = [];
    const tool = createTool('work', async () => (log.push('tool runs'), 'done'));
    const scene = createScene([calls(toolCall('work')), async () => (log.push('model call 2'), says('ok'))], [tool]);
    await runMission({ ...scene.input, journal: recordCommits(scene.journal, log) });
    expect(log).toEqual(['response 1', 'tool runs', 'result 1.0', 'model call 2', 'response 2']);
  });

  test('records the start of a tool that is not idempotent before it runs', async () => {
    const log: string[] = [];
    const tool = createTool('pay', async () => (log.push('tool runs'), 'paid'), { idempotent: false });
    const scene = createScene([calls(toolCall('pay')), says('ok')], [tool]);
    await runMission({ ...scene.input, journal: recordCommits(scene.journal, log) });
    expect(log).toEqual(['response 1', 'start 1.0', 'tool runs', 'result 1.0', 'response 2']);
  });

  test('runs the tools of a step in parallel and shows their results in call order', async () => {
    const second = Promise.withResolvers<void>();
    const first = createTool('first', async () => {
      await second.promise;
      return 'one';
    });
    const other = createTool('second', async () => {
      second.resolve();
      return 'two';
    });
    const { input, provider } = createScene([calls(toolCall('first'), toolCall('second')), says('ok')], [first, other]);
    await runMission(input);
    expect(provider.requests[1]?.messages.at(-1)).toEqual({
      role: 'tool',
      results: [
        { toolCallId: 'call_first', name: 'first', content: 'one', isError: false, truncated: false, untrusted: false },
        {
          toolCallId: 'call_second',
          name: 'second',
          content: 'two',
          isError: false,
          truncated: false,
          untrusted: false,
        },
      ],
    });
  });

  test('goes on when one of its tools fails, and shows the model the error beside the other results', async () => {
    const broken = createTool('broken', async () => {
      throw new Error('no such city');
    });
    const { input, journal } = createScene(
      [calls(toolCall('broken'), toolCall('echo', { text: 'a' })), says('ok')],
      [broken, echo],
    );
    expect(await runMission(input)).toMatchObject({ kind: 'completed' });
    expect(journal.steps[0]?.toolCalls.map((call) => call.result)).toMatchObject([
      { content: 'no such city', isError: true },
      { content: 'echo: a', isError: false },
    ]);
  });

  test('runs more calls than are made at once, all of them', async () => {
    const parts = Array.from({ length: 100 }, (_, index) => toolCall('echo', { text: `${index}` }, `c${index}`));
    const { input, provider } = createScene([calls(...parts), says('ok')], [echo]);
    await runMission(input);
    const message = provider.requests[1]?.messages.at(-1);
    const contents = message?.role === 'tool' ? message.results.map(({ content }) => content) : [];
    expect(contents).toEqual(parts.map((_, index) => `echo: ${index}`));
  });

  test('that needs more steps than it may take fails and names the figure', async () => {
    const spec = createSpec({ tools: ['echo'], limits: { maxSteps: 2, maxOutputTokens: 10 } });
    const again = () => calls(toolCall('echo', { text: 'x' }));
    const { input, provider } = createScene([again(), again(), says('late')], [echo], { spec });
    expect(await runMission(input)).toEqual({
      kind: 'failed',
      code: 'max_steps',
      message: 'No answer after 2 steps, the limit of this mission',
    });
    expect(provider.requests).toHaveLength(2);
  });

  test('that the model refuses fails, the refusal committed', async () => {
    const { input, journal } = createScene([says('I would rather not', 'refusal')]);
    expect(await runMission(input)).toEqual({ kind: 'failed', code: 'model_refused', message: 'I would rather not' });
    expect(journal.steps).toHaveLength(1);
  });

  test('whose reply was cut off fails, and runs none of the calls in it', async () => {
    let runs = 0;
    const tool = createTool('work', async () => `${(runs += 1)}`);
    const cut = { ...calls(toolCall('work')), stopReason: 'max_tokens' as const };
    const { input, journal } = createScene([cut], [tool]);
    expect(await runMission(input)).toMatchObject({ kind: 'failed', code: 'max_output_tokens' });
    expect(journal.steps[0]?.toolCalls).toEqual([]);
    expect(runs).toBe(0);
    expect(await runMission({ ...input, steps: journal.steps })).toMatchObject({ code: 'max_output_tokens' });
    expect(runs).toBe(0);
  });

  test('on a model whose provider is not configured fails and names it', async () => {
    const { input } = createScene([], [], { spec: createSpec({ model: 'openai/gpt-x' }) });
    expect(await runMission(input)).toEqual({
      kind: 'failed',
      code: 'provider_not_configured',
      message: 'No provider is configured for the model openai/gpt-x',
    });
  });

  test('shows the model its own tools only, and text as it arrives', async () => {
    const heard: string[] = [];
    const { input, provider } = createScene(
      [
        async (_request, hooks) => {
          hooks.onText?.('4');
          hooks.onText?.('2');
          return says('42');
        },
      ],
      [echo],
      { spec: createSpec({ tools: ['echo', 'gone'], instructions: 'be brief' }), onText: (delta) => heard.push(delta) },
    );
    const others = [echo, createTool('other', async () => '')];
    const agents = createAgentPool({ tools: new Map(others.map((tool) => [tool.name, tool])) });
    await runMission({ ...input, agents });
    expect(heard).toEqual(['4', '2']);
    expect(provider.requests[0]).toMatchObject({ model: 'script', system: 'be brief', tools: [{ name: 'echo' }] });
  });
});

describe('a fenced mission', () => {
  test('writes nothing more, and its other calls are aborted', async () => {
    const aborted = Promise.withResolvers<void>();
    const slow = createTool('slow', (_input, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => undefined);
    });
    const log: string[] = [];
    const scene = createScene([calls(toolCall('slow'), toolCall('echo', { text: 'a' })), says('ok')], [slow, echo]);
    const journal = recordCommits(scene.journal, log);
    journal.commitToolResult = async () => {
      log.push('fenced');
      throw new FencedError('mis_1', 1);
    };
    expect(await runMission({ ...scene.input, journal })).toEqual({
      kind: 'stopped',
      reason: 'fenced',
      tries: 0,
      failingForMs: null,
    });
    await aborted.promise;
    expect(log).toEqual(['response 1', 'fenced']);
    expect(scene.provider.requests).toHaveLength(1);
  });

  test('asks before every model call and every tool start whether the lease is live', async () => {
    let answers = [true, false];
    const first = createScene([calls(toolCall('echo')), says('ok')], [echo], {
      isLeaseLive: () => answers.shift() ?? true,
    });
    expect(await runMission(first.input)).toEqual({ kind: 'stopped', reason: 'fenced', tries: 0, failingForMs: null });
    expect(first.journal.steps[0]?.toolCalls[0]?.status).toBe('pending');

    answers = [true, true, false];
    const second = createScene([calls(toolCall('echo')), says('ok')], [echo], {
      isLeaseLive: () => answers.shift() ?? true,
    });
    expect(await runMission(second.input)).toMatchObject({ kind: 'stopped', reason: 'fenced' });
    expect(second.provider.requests).toHaveLength(1);
  });
});

test('a lease that ran out while the start of a tool was recorded keeps the tool from running', async () => {
  let runs = 0;
  const tool = createTool('pay', async () => `${(runs += 1)}`, { idempotent: false });
  const answers = [true, true, false];
  const { input, journal } = createScene([calls(toolCall('pay')), says('ok')], [tool], {
    isLeaseLive: () => answers.shift() ?? true,
  });
  expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'fenced' });
  expect(journal.steps[0]?.toolCalls[0]?.status).toBe('started');
  expect(runs).toBe(0);
});

test('being fenced is what the caller hears of, even when a cancel came first', async () => {
  const scene = createScene([calls(toolCall('deaf'), toolCall('echo', { text: 'a' }))], [deaf, echo]);
  const journal: Journal = {
    ...scene.journal,
    async commitToolResult() {
      scene.stop.request('cancel');
      await new Promise((resolve) => setImmediate(resolve));
      throw new FencedError('mis_1', 1);
    },
  };
  expect(await runMission({ ...scene.input, journal })).toMatchObject({ kind: 'stopped', reason: 'fenced' });
});

test('an error of the journal reaches the caller as it is, after everything in flight was aborted', async () => {
  const aborted = Promise.withResolvers<void>();
  const slow = createTool('slow', (_input, { signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    return new Promise(() => undefined);
  });
  const scene = createScene([calls(toolCall('slow'), toolCall('echo', { text: 'a' }))], [slow, echo]);
  const away = new Error('database away');
  const journal: Journal = { ...scene.journal, commitToolResult: () => Promise.reject(away) };
  await expect(runMission({ ...scene.input, journal })).rejects.toBe(away);
  await aborted.promise;
});
