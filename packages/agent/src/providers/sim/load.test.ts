import type { ModelOptions, ModelResponse } from '@flotilla/core';
import { MODEL_FIRST_TOKEN_TIMEOUT_MS, RetryableError, TerminalError, toolCallsOf } from '@flotilla/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelRequest } from '../../provider.ts';
import { isNthCall } from './load.ts';
import { createSimProvider } from './provider.ts';
import { createSimTools } from './tool.ts';

const tools = createSimTools().map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));

function requestOf(options: ModelOptions, step = 1, tryNumber = 1): ModelRequest {
  return {
    model: 'load',
    system: null,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'load' }] }],
    tools,
    maxOutputTokens: 8_192,
    options,
    context: { missionId: 'mission', step, attempt: 1, try: tryNumber },
  };
}

const hooks = () => ({ signal: new AbortController().signal });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the steps of a mission', () => {
  const provider = createSimProvider();

  it('makes three calls of one tool each and then answers, for steps: 3', async () => {
    const replies: ModelResponse[] = [];
    for (let step = 1; step <= 4; step += 1) replies.push(await provider.call(requestOf({ steps: 3 }, step), hooks()));
    expect(replies.map(({ message }) => toolCallsOf(message).map(({ name, input }) => [name, input]))).toEqual([
      [['sim_work', { step: 1 }]],
      [['sim_work', { step: 2 }]],
      [['sim_work', { step: 3 }]],
      [],
    ]);
    expect(replies.map(({ stopReason }) => stopReason)).toEqual(['tool_calls', 'tool_calls', 'tool_calls', 'end']);
    expect(replies.every(({ model, usage }) => model.includes('simulator') && usage.costMicroUsd === 0)).toBe(true);
  });

  it('answers at once for steps: 0, in exactly as many bytes as asked for', async () => {
    const deltas: string[] = [];
    const request = requestOf({ steps: 0, outputBytes: 10_001 });
    const { message } = await provider.call(request, { ...hooks(), onText: (delta) => deltas.push(delta) });
    expect(message.content).toEqual([{ type: 'text', text: deltas.join('') }]);
    expect(Buffer.byteLength(deltas.join(''))).toBe(10_001);
  });

  it('hands the latency and size of the tool on to it', async () => {
    const { message } = await provider.call(requestOf({ toolLatencyMs: 20, outputBytes: 64 }), hooks());
    expect(toolCallsOf(message)[0]?.input).toEqual({ step: 1, latencyMs: 20, outputBytes: 64 });
  });

  it('gives the same reply to the same request', async () => {
    const request = requestOf({ steps: 2, outputBytes: 100 }, 2);
    expect(await provider.call(request, hooks())).toEqual(await provider.call(request, hooks()));
  });

  it('says which tool is missing when the mission does not name it', async () => {
    const call = provider.call({ ...requestOf({ steps: 1 }), tools: [] }, hooks());
    await expect(call).rejects.toThrow(/sim_work/);
    await expect(call).rejects.toBeInstanceOf(TerminalError);
  });

  it('sets no timer when the latency is zero', async () => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    await provider.call(requestOf({ steps: 1, latencyMs: 0 }), hooks());
    await provider.call(requestOf({ steps: 1 }, 2), hooks());
    expect(setTimer).not.toHaveBeenCalled();
  });
});

describe('failures on demand', () => {
  const provider = createSimProvider();

  it.each([
    ['429', 'provider_rate_limited'],
    ['500', 'provider_error'],
    ['529', 'provider_overloaded'],
  ] as const)('fails with %s as the retryable %s', async (failWith, code) => {
    const call = provider.call(requestOf({ failEvery: 1, failWith }), hooks());
    await expect(call).rejects.toBeInstanceOf(RetryableError);
    await expect(call).rejects.toMatchObject({ code, retryAfterMs: failWith === '429' ? 50 : null });
  });

  it('fails for good with terminal', async () => {
    const call = provider.call(requestOf({ failEvery: 1, failWith: 'terminal' }), hooks());
    await expect(call).rejects.toBeInstanceOf(TerminalError);
    await expect(call).rejects.toMatchObject({ code: 'provider_refused_request' });
  });

  it.each([2, 3, 5])('fails each %i-th call of a mission, and lets every retry through', async (n) => {
    const failed: number[] = [];
    let calls = 0;
    for (let step = 1; step <= 20; step += 1) {
      for (let tryNumber = 1; ; tryNumber += 1) {
        calls += 1;
        const error = await provider.call(requestOf({ steps: 50, failEvery: n }, step, tryNumber), hooks()).then(
          () => null,
          (reason: unknown) => reason,
        );
        if (error === null) break;
        failed.push(calls);
        expect(tryNumber).toBe(1);
      }
    }
    expect(failed).toEqual(Array.from({ length: Math.floor(calls / n) }, (_, index) => (index + 1) * n));
  });

  it('counts the same for every attempt, so that a mission taken over meets no new failures', () => {
    expect(isNthCall(3, { step: 3, try: 1 })).toBe(true);
    expect(isNthCall(3, { step: 3, try: 2 })).toBe(false);
  });
});

describe('silence on demand', () => {
  it('stalls until the first token is overdue, and then times out', async () => {
    const waits: number[] = [];
    const provider = createSimProvider({ sleep: async (ms) => void waits.push(ms) });
    const call = provider.call(requestOf({ stallEvery: 1 }), hooks());
    await expect(call).rejects.toMatchObject({ name: 'RetryableError', code: 'provider_timeout' });
    expect(waits).toEqual([MODEL_FIRST_TOKEN_TIMEOUT_MS]);
  });

  it.each([{ stallEvery: 1 }, { latencyMs: 600_000 }])(
    'rejects with the reason of an abort at once: %o',
    async (options) => {
      const abort = new AbortController();
      const call = createSimProvider().call(requestOf(options), { signal: abort.signal });
      const reason = new Error('cancelled');
      abort.abort(reason);
      await expect(call).rejects.toBe(reason);
    },
  );

  it('does not begin when it is aborted already', async () => {
    const reason = new Error('cancelled');
    const call = createSimProvider().call(requestOf({ steps: 0 }), { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
  });
});

describe('an outage', () => {
  it('lasts from the first call that asks for it, and is over for good', async () => {
    let now = 5_000;
    const provider = createSimProvider({ monotonicNow: () => now });
    const down = { name: 'RetryableError', code: 'provider_unreachable' };
    await expect(provider.call(requestOf({ outageMs: 1_000 }), hooks())).rejects.toMatchObject(down);
    now += 999;
    await expect(provider.call(requestOf({ outageMs: 1_000 }, 2), hooks())).rejects.toMatchObject(down);
    await expect(provider.call(requestOf({}), hooks())).resolves.toMatchObject({ stopReason: 'tool_calls' });
    now += 1;
    await expect(provider.call(requestOf({ outageMs: 1_000 }), hooks())).resolves.toMatchObject({
      stopReason: 'tool_calls',
    });
  });
});
