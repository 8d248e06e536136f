import { describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger/logger.ts';
import { createHealth, type ReadinessCheck } from './health.ts';

function recordingHealth(
  checks: readonly ReadinessCheck[],
  options: { timeoutMs?: number; cacheMs?: number; stopping?: AbortSignal } = {},
) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', service: 'test', write: (line) => lines.push(line) });
  return { health: createHealth({ checks, logger, ...options }), lines };
}

const ok: ReadinessCheck = { name: 'db', check: () => Promise.resolve() };

describe('health', () => {
  it('is ready when every check passes', async () => {
    const { health } = recordingHealth([ok, { ...ok, name: 'queue' }]);
    expect(await health.ready()).toEqual({ status: 'ok', checks: { db: 'ok', queue: 'ok' } });
  });

  it('is not ready when one check fails, tells which, and keeps the reason for the log', async () => {
    const down = { name: 'queue', check: () => Promise.reject(new Error('connect 10.0.0.7 refused')) };
    const { health, lines } = recordingHealth([ok, down]);
    const readiness = await health.ready();
    expect(readiness).toEqual({ status: 'unavailable', checks: { db: 'ok', queue: 'failed' } });
    await vi.waitFor(() => expect(lines.join('')).toContain('connect 10.0.0.7 refused'));
  });

  it('survives a check that throws before it gives a promise', async () => {
    const broken: ReadinessCheck = {
      name: 'db',
      check: () => {
        throw new Error('sync');
      },
    };
    expect((await recordingHealth([broken]).health.ready()).checks).toEqual({ db: 'failed' });
  });

  it('gives up on a check in time, and aborts it', async () => {
    let told: AbortSignal | undefined;
    const slow: ReadinessCheck = {
      name: 'db',
      check: (signal) => {
        told = signal;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    const { health } = recordingHealth([slow], { timeoutMs: 20 });
    expect((await health.ready()).checks).toEqual({ db: 'timed_out' });
    expect(told?.aborted).toBe(true);
  });

  it('does not start a check a second time while the first still hangs', async () => {
    const check = vi.fn<() => Promise<void>>(() => new Promise(() => {}));
    const { health } = recordingHealth([{ name: 'db', check }], { timeoutMs: 10, cacheMs: 0 });
    await health.ready();
    await health.ready();
    expect((await health.ready()).checks).toEqual({ db: 'timed_out' });
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('asks once for any number of probes', async () => {
    const check = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const { health } = recordingHealth([{ name: 'db', check }], { cacheMs: 60_000 });
    await Promise.all(Array.from({ length: 100 }, () => health.ready()));
    await health.ready();
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('asks again once its answer is old', async () => {
    let isUp = false;
    const check = () => (isUp ? Promise.resolve() : Promise.reject(new Error('down')));
    const { health } = recordingHealth([{ name: 'db', check }], { cacheMs: 0 });
    expect((await health.ready()).status).toBe('unavailable');
    isUp = true;
    expect((await health.ready()).status).toBe('ok');
  });

  it('is alive whatever its dependencies say, and never asks them', () => {
    const check = vi.fn<() => Promise<void>>(() => Promise.reject(new Error('down')));
    expect(recordingHealth([{ name: 'db', check }]).health.live()).toEqual({ status: 'ok' });
    expect(check).not.toHaveBeenCalled();
  });

  it('is not ready any more from the moment the process begins to stop', async () => {
    const stopping = new AbortController();
    const { health } = recordingHealth([ok], { stopping: stopping.signal, cacheMs: 60_000 });
    expect((await health.ready()).status).toBe('ok');
    stopping.abort();
    expect(await health.ready()).toEqual({ status: 'unavailable', checks: { process: 'stopping' } });
  });
});
