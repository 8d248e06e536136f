import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TimedOutError, untilAborted, withTimeout } from './abortable.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { createTool, echo } from './testing/tools.ts';

const never = () => new Promise<never>(() => undefined);
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a call with a timeout', () => {
  test('leaves neither listeners nor timers behind, however it ends', async () => {
    const { signal } = new AbortController();
    const before = timers();
    for (let call = 0; call < 10_000; call += 1) {
      const isBad = call % 2 === 0;
      const start = async () => (isBad ? Promise.reject(new Error('no')) : 'yes');
      await withTimeout({ signal, ms: 60_000 }, start).catch(() => 'no');
      expect(listeners(signal)).toBe(0);
    }
    await Promise.allSettled(Array.from({ length: 100 }, () => withTimeout({ signal, ms: 1 }, never)));
    expect(listeners(signal)).toBe(0);
    expect(timers()).toBeLessThan(before + 100);
  });

  test('ends in time though it does not listen, and what it says later disturbs nobody', async () => {
    const late = Promise.withResolvers<string>();
    const { signal } = new AbortController();
    await expect(withTimeout({ signal, ms: 5 }, () => late.promise)).rejects.toBeInstanceOf(TimedOutError);
    // Unhandled, this would end the process.
    late.reject(new Error('too late'));
    await setImmediate();
  });

  test('is told of its timeout and of a stop by its own signal, which no other call shares', async () => {
    const run = new AbortController();
    const seen: unknown[] = [];
    const listen = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => seen.push(signal.reason));
      return never();
    };
    await expect(withTimeout({ signal: run.signal, ms: 5 }, listen)).rejects.toThrow('timed out after 0.005 s');
    expect(seen).toEqual([expect.any(TimedOutError)]);
    const other = withTimeout({ signal: run.signal, ms: 60_000 }, listen);
    run.abort('cancelled');
    await expect(other).rejects.toBe('cancelled');
    expect(seen).toEqual([expect.any(TimedOutError), 'cancelled']);
  });

  test('is not started when it is already to stop', async () => {
    let starts = 0;
    const signal = AbortSignal.abort('cancelled');
    const start = async () => (starts += 1);
    await expect(withTimeout({ signal, ms: 5 }, start)).rejects.toBe('cancelled');
    await expect(untilAborted(signal, start)).rejects.toBe('cancelled');
    expect(starts).toBe(0);
  });
});

test('a mission leaves no listener on its stop, whatever becomes of it', async () => {
  const steps = Array.from({ length: 9 }, () => calls(toolCall('echo', { text: 'a' })));
  const stuck = createTool('stuck', never, { timeoutMs: 1 });
  const scenes = [
    createScene([...steps, says('ok')], [echo]),
    createScene([new Error('bug'), new Error('bug'), new Error('bug')]),
    createScene([calls(toolCall('stuck')), says('ok')], [stuck]),
  ];
  for (const { input } of scenes) {
    await runMission(input);
    expect([listeners(input.stop.signal), listeners(input.stop.requested)]).toEqual([0, 0]);
  }
});
