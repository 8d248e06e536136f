import type pg from 'pg';
import { isUnavailable } from './errors.ts';

const LOGINS_AT_ONCE = 5;
/** A login has two seconds, which a machine that is busy starting others may not have: what is open by then stays. */
const WITHIN_MS = 10_000;
const TIMED_OUT = /timeout/i;

/**
 * Opens all connections of a pool ahead of their use. A process that is new among others is sent every request at first:
 * with a few of them open, whoever found those busy waited for a login, for which a process that has just begun has no
 * time, and one request in a hundred failed in a rolling restart.
 * Where a login takes too long, it is tried again for ten seconds; who refuses is not there.
 * @throws Error when one cannot be opened; the others stay
 */
export async function openConnections(pool: pg.Pool): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  for (let open = 0; open < pool.options.max; ) {
    const next = Math.min(pool.options.max, open + LOGINS_AT_ONCE);
    try {
      await haveOpen(pool, next);
      open = next;
    } catch (error) {
      if (!hasTimedOut(error) || performance.now() >= until) throw error;
    }
  }
}

function hasTimedOut(error: unknown): boolean {
  return error instanceof Error && isUnavailable(error) && TIMED_OUT.test(error.message);
}

async function haveOpen(pool: pg.Pool, count: number): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => pool.connect()));
  for (const one of opened) if (one.status === 'fulfilled') one.value.release();
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
