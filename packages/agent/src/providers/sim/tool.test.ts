import { describe, expect, it } from 'vitest';
import { createToolContext } from '../../testing/tool-context.ts';
import { createSimTools } from './tool.ts';

const [work] = createSimTools();
const contextOf = (signal: AbortSignal) => createToolContext({ signal, step: 2 });

describe('sim_work', () => {
  it('returns a short line, or exactly as many bytes as asked for', async () => {
    const { signal } = new AbortController();
    expect(await work?.run({ step: 2 }, contextOf(signal))).toBe('sim_work finished step 2');
    expect(await work?.run({ step: 2, outputBytes: 12_345 }, contextOf(signal))).toHaveLength(12_345);
  });

  it('may be repeated after a crash', () => {
    expect(work).toMatchObject({ name: 'sim_work', idempotent: true });
  });

  it('stops waiting with the reason of the abort', async () => {
    const abort = new AbortController();
    const run = work?.run({ step: 1, latencyMs: 600_000 }, contextOf(abort.signal));
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  it('says what is wrong with its arguments', () => {
    expect(work?.check({ step: 1, latencyMs: 5 })).toBeNull();
    expect(work?.check({ latencyMs: 5 })).toContain('step');
  });
});
