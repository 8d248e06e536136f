import type { Logger } from '../logger/logger.ts';
import { createThrottledLog } from '../logger/throttled-log.ts';
import { isWithin } from './within.ts';

/** One dependency; resolves if it can be used now. `signal` aborts when nobody waits for the answer any more. */
export type ReadinessCheck = { readonly name: string; check(signal: AbortSignal): Promise<void> };

export type CheckStatus = 'ok' | 'failed' | 'timed_out';
export type Readiness = {
  readonly status: 'ok' | 'unavailable';
  /** By name of check. `stopping` is there, and nothing else, once the process is on its way out. */
  readonly checks: Readonly<Record<string, CheckStatus | 'stopping'>>;
};

export type HealthOptions = {
  checks: readonly ReadinessCheck[];
  logger: Logger;
  /** Time for each check. */
  timeoutMs?: number;
  /** How long an answer is given again without asking. */
  cacheMs?: number;
  /** Aborted when the process begins to stop: from then on it is not ready, whatever its dependencies say. */
  stopping?: AbortSignal;
};

export type Health = {
  /** That the event loop turns. Asks nothing else: restarting this process would not bring a database back. */
  live(): { readonly status: 'ok' };
  /** Whether work can be taken now. Never rejects, and says nothing of why a check failed: that is logged. */
  ready(): Promise<Readiness>;
};

/** Liveness and readiness; probes at any rate cost each dependency one check at a time, and one per `cacheMs`. */
export function createHealth(options: HealthOptions): Health {
  const { checks, logger, timeoutMs = 2_000, cacheMs = 1_000, stopping } = options;
  const warn = createThrottledLog({ log: logger.warn, everyMs: 10_000 });
  const running = new Map<string, Promise<CheckStatus>>();
  let asking: Promise<Readiness> | undefined;
  let answer: { readonly readiness: Readiness; readonly until: number } | undefined;

  async function ask({ name, check }: ReadinessCheck): Promise<CheckStatus> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('the readiness check took too long')), timeoutMs);
    try {
      await check(controller.signal);
      return 'ok';
    } catch (error) {
      const status = controller.signal.aborted ? 'timed_out' : 'failed';
      warn(name, 'a readiness check failed', { check: name, status, error });
      return status;
    } finally {
      clearTimeout(timer);
    }
  }

  async function statusOf(check: ReadinessCheck): Promise<readonly [string, CheckStatus]> {
    // A check that ignores its signal may hang for minutes; a second one beside it would only pile up.
    const pending = running.get(check.name) ?? ask(check).finally(() => running.delete(check.name));
    running.set(check.name, pending);
    if (await isWithin(pending, timeoutMs + 50)) return [check.name, await pending];
    warn(check.name, 'a readiness check does not end', { check: check.name });
    return [check.name, 'timed_out'];
  }

  async function askAll(): Promise<Readiness> {
    const results = await Promise.all(checks.map(statusOf));
    const status = results.every(([, one]) => one === 'ok') ? 'ok' : 'unavailable';
    const readiness: Readiness = { status, checks: Object.fromEntries(results) };
    answer = { readiness, until: performance.now() + cacheMs };
    asking = undefined;
    return readiness;
  }

  return {
    live: () => ({ status: 'ok' }),
    async ready() {
      if (stopping?.aborted === true) return { status: 'unavailable', checks: { process: 'stopping' } };
      if (answer !== undefined && performance.now() < answer.until) return answer.readiness;
      asking ??= askAll();
      return asking;
    },
  };
}
