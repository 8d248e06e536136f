import { setTimeout as sleep } from 'node:timers/promises';
import { isDriverAdapterError } from '@prisma/driver-adapter-utils';

/** What a migration does about tables that others have locked; times in milliseconds. */
export type LockPatience = {
  /** For how long one try waits. Whatever wants the table after it waits behind it, so that this is what requests may feel. */
  lockTimeoutMs: number;
  /** For how long it is tried. */
  patienceMs: number;
  /** Told of a script that was given up; nothing of it is in the database. */
  onGivenUp(script: string): void;
};

/** Lock not available within the timeout; a deadlock, of which it was the victim. */
const IN_THE_WAY = new Set(['55P03', '40P01']);
/** Longer with each try: whoever holds the lock for long is left more and more alone. */
const PAUSES_MOST = 5;
/** Holds up nobody while it waits for transactions to end, and must not be cut short: what is then left of it is in the way. */
const CONCURRENTLY = /^\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\s+\w+)\s+CONCURRENTLY\b/im;

/**
 * Runs a migration's script without holding up others for long: a statement that waits for a lock is given up after a
 * moment, those behind it go on, and the whole script is begun again. It is one transaction, as Postgres makes of what
 * comes in one message, so that a try that failed has left nothing.
 * @param send runs one message on the connection of the migration
 */
export async function runPatiently(
  script: string,
  send: (sql: string) => Promise<void>,
  { lockTimeoutMs, patienceMs, onGivenUp }: LockPatience,
): Promise<void> {
  if (CONCURRENTLY.test(script)) return send(script);
  const end = performance.now() + patienceMs;
  for (let tries = 1; ; tries += 1) {
    try {
      // Each time: pg's pool gives up a connection on which something failed.
      await send(`SET lock_timeout = ${lockTimeoutMs}`);
      await send(script);
      break;
    } catch (error) {
      if (!isDriverAdapterError(error) || !IN_THE_WAY.has(error.cause.originalCode ?? '')) throw error;
      if (performance.now() < end) await sleep(lockTimeoutMs * Math.min(tries, PAUSES_MOST));
      else {
        onGivenUp(script);
        throw error;
      }
    }
  }
  await send('SET lock_timeout = 0');
}
