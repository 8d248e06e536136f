import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CallHooks } from './provider.ts';
import { runMission } from './run.ts';
import { createStop } from './stop.ts';
import { createAskingScene, createBudget, type Reply } from './testing/asking.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';

describe('a question whose mission is stopped at once', () => {
  /** Its answer comes all the same: it was on its way. */
  async function stopWhileAsking(reason: 'cancel' | 'fenced') {
    const { budget, givenBack } = createBudget(1);
    const stop = createStop();
    const answer = () => {
      stop.request(reason);
      return says('so');
    };
    const { input, journal } = createAskingScene([{ question: 'a' }], answer, { budget, stop });
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason });
    expect(journal.steps[0]?.toolCalls).toMatchObject([{ status: 'pending', result: null }]);
    expect(givenBack).toEqual([]);
    return journal.unusedCalls;
  }

  test('is paid when its answer has come, though its tool has no result', async () => {
    const { usage } = says('');
    expect(await stopWhileAsking('cancel')).toEqual([
      { step: 1, index: 0, response: { provider: 'sim', model: 'script', usage }, reservation: 2 },
    ]);
  });

  test('writes nothing where the mission is another attempt’s: what was reserved for it counts as spent', async () => {
    expect(await stopWhileAsking('fenced')).toEqual([]);
  });

  test('is paid where its tool was still at work with the answer', async () => {
    const stop = createStop();
    const judge = createTool('judge', async (_input, { askModel }) => {
      await askModel({ text: 'a' });
      stop.request('deadline');
      return new Promise(() => undefined);
    });
    const { input, journal } = createScene([calls(toolCall('judge')), says('so')], [judge], { stop });
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'deadline' });
    expect(journal.unusedCalls).toMatchObject([{ step: 1, index: 0, response: { model: 'script' } }]);
  });

  test.each([
    ['has been sent keeps what was reserved, which counts as spent', waitForReply, []],
    ['was never sent gives back what was reserved', waitForRoom, [2]],
  ])('and which %s', async (_what, wait, expected) => {
    const { budget, givenBack } = createBudget(1);
    const scene = createAskingScene([{ question: 'a' }], (_request, hooks) => wait(hooks), { budget });
    const running = runMission(scene.input);
    await expect.poll(() => scene.asked.length).toBe(1);
    scene.stop.request('cancel');
    await running;
    expect([givenBack, scene.journal.unusedCalls]).toEqual([expected, []]);
  });
});

/** As a provider does that takes its time. */
function waitForReply({ signal }: CallHooks): Promise<Reply> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** As a provider does whose limits have no room. */
function waitForRoom(hooks: CallHooks): Promise<Reply> {
  hooks.onWaiting?.();
  return waitForReply(hooks);
}

describe('the time of a tool', () => {
  afterEach(() => void vi.useRealTimers());
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test('does not pass while a model thinks about its question: the watchdog ends that', async () => {
    vi.useFakeTimers();
    const { input, results } = createAskingScene([{ question: 'a' }], async () => {
      await after(599_000);
      return says('so');
    });
    const running = runMission(input);
    await vi.advanceTimersByTimeAsync(599_000);
    expect(await running).toMatchObject({ kind: 'completed' });
    expect(results()).toMatchObject([{ content: 'so', isError: false }]);
  });

  test('passes while its question waits for room; when it is over, what was reserved is free again', async () => {
    vi.useFakeTimers();
    const { budget, givenBack } = createBudget(1);
    const { input, results } = createAskingScene([{ question: 'a' }], (_request, hooks) => waitForRoom(hooks), {
      budget,
    });
    const running = runMission(input);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await running).toMatchObject({ kind: 'completed' });
    expect(results()).toMatchObject([{ isError: true, content: 'llm timed out after 60 s.' }]);
    expect(givenBack).toEqual([2]);
  });

  test('goes on when the answer is there, which is paid although the tool is too late with its own', async () => {
    vi.useFakeTimers();
    const judge = createTool(
      'judge',
      async (_input, { askModel }) => {
        await askModel({ text: 'a' });
        return new Promise(() => undefined);
      },
      { timeoutMs: 1_000 },
    );
    const answer = async () => {
      await after(5_000);
      return says('so');
    };
    const { input, journal } = createScene([calls(toolCall('judge')), answer, says('done')], [judge]);
    const paid: unknown[] = [];
    const commitToolResult: typeof journal.commitToolResult = (commit) => {
      paid.push(commit.sideCall?.response.model);
      return journal.commitToolResult(commit);
    };
    const running = runMission({ ...input, journal: { ...journal, commitToolResult } });
    await vi.advanceTimersByTimeAsync(5_500);
    expect(paid).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    await running;
    expect(paid).toEqual(['script']);
  });

  test('bounds also the answer that it does not wait for itself', async () => {
    const careless = createTool('careless', async (_input, { askModel }) => {
      void askModel({ text: 'a' });
      return 'done';
    });
    const never: () => Promise<never> = () => new Promise(() => undefined);
    const { input, journal } = createScene([calls(toolCall('careless')), never, says('ok')], [careless]);
    expect(await runMission(input)).toMatchObject({ kind: 'completed', output: 'ok' });
    expect(journal.steps[0]?.toolCalls[0]?.result).toMatchObject({ content: 'done', isError: false });
  });
});
