import { describe, expect, test } from 'vitest';
import { runMission } from './run.ts';
import { createStop } from './stop.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { createTool, deaf, echo } from './testing/tools.ts';

describe('the reason of a stop', () => {
  test('that ends the mission at once overrides one that waits, and stays', () => {
    const stop = createStop();
    stop.request('drain');
    stop.request('pause');
    expect(stop.reason).toBe('drain');
    expect(stop.signal.aborted).toBe(false);
    stop.request('cancel');
    stop.request('fenced');
    stop.request('drain');
    expect(stop.reason).toBe('cancel');
    expect(stop.signal.aborted).toBe(true);
  });
});

describe('cancel', () => {
  test('aborts a model call in flight, even one that does not listen, and commits nothing', async () => {
    const { input, journal, stop } = createScene([() => new Promise(() => undefined)]);
    const outcome = runMission(input);
    setImmediate(() => stop.request('cancel'));
    expect(await outcome).toEqual({ kind: 'stopped', reason: 'cancel', tries: 0, failingForMs: null });
    expect(journal.steps).toEqual([]);
  });

  test('aborts tools in flight; what was committed before stays, nothing is added', async () => {
    const scene = createScene([calls(toolCall('echo', { text: 'a' }), toolCall('deaf')), says('ok')], [echo, deaf]);
    const { journal, stop } = scene;
    const outcome = runMission({
      ...scene.input,
      journal: {
        ...journal,
        async commitToolResult(commit) {
          await journal.commitToolResult(commit);
          stop.request('cancel');
        },
      },
    });
    expect(await outcome).toEqual({ kind: 'stopped', reason: 'cancel', tries: 0, failingForMs: null });
    expect(journal.steps[0]?.toolCalls.map(({ status }) => status)).toEqual(['completed', 'pending']);
  });

  test('discards a reply that arrives after it', async () => {
    const { input, journal, stop } = createScene([
      async () => {
        stop.request('cancel');
        return says('too late');
      },
    ]);
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'cancel' });
    expect(journal.steps).toEqual([]);
  });
});

describe('drain and pause', () => {
  test('let running tools finish, then hand over before the next model call', async () => {
    const work = createTool('work', async () => {
      stop.request('drain');
      return 'done';
    });
    const { input, journal, stop, provider } = createScene([calls(toolCall('work')), says('ok')], [work]);
    expect(await runMission(input)).toEqual({ kind: 'stopped', reason: 'drain', tries: 0, failingForMs: null });
    expect(journal.steps[0]?.toolCalls[0]?.result?.content).toBe('done');
    expect(provider.requests).toHaveLength(1);
  });

  test('let a model call finish and be committed, and leave its tools to whoever resumes', async () => {
    const { input, journal, stop, provider } = createScene(
      [
        async () => {
          stop.request('pause');
          return calls(toolCall('echo', { text: 'a' }));
        },
        says('ok'),
      ],
      [echo],
    );
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'pause' });
    expect(journal.steps[0]?.toolCalls[0]?.status).toBe('pending');
    expect(provider.requests).toHaveLength(1);
  });

  test('do not take an answer that has come from the mission', async () => {
    const { input, stop } = createScene([
      async () => {
        stop.request('drain');
        return says('42');
      },
    ]);
    expect(await runMission(input)).toEqual({ kind: 'completed', output: '42' });
  });

  test('abort what is still in flight when the grace is over', async () => {
    const { input, journal, stop } = createScene([calls(toolCall('deaf'))], [deaf]);
    const outcome = runMission(input);
    setImmediate(() => {
      stop.request('drain');
      stop.abortNow();
    });
    expect(await outcome).toEqual({ kind: 'stopped', reason: 'drain', tries: 0, failingForMs: null });
    expect(journal.steps[0]?.toolCalls[0]?.status).toBe('pending');
  });
});
