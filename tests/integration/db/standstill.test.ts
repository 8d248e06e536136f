import { describe, expect, it } from 'vitest';
import { hold, waiters, waitFor } from '../../harness/index.ts';
import { startLink } from '../api/link.ts';
import { createFixture, type Fixture } from './fixture.ts';

/** Somebody whose words no longer reach the server, once it waits for the lock on all sessions that is let go then. */
async function createStage(f: Fixture) {
  const far = new URL(f.url);
  const link = await startLink({ host: far.hostname, port: Number(far.port) });
  far.port = String(link.port);
  const applicationName = 'stands still';
  const still = await f.openAnother({ url: far.href, applicationName, isPrepared: true });
  return {
    db: still.db,
    /** Returns how it ended with what was begun before, once others could write these sessions. */
    async standStill(begun: readonly Promise<unknown>[], held: Awaited<ReturnType<typeof hold>>, sessionIds: string[]) {
      const lost = Promise.allSettled(begun);
      await waiters(f, begun.length);
      link.stopUp();
      await held.letGo();
      const locking = () =>
        f.sql.query(
          `SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)
           WHERE a.application_name = $1 AND a.state = 'idle in transaction' AND l.relation = 'sessions'::regclass`,
          [applicationName],
        );
      await waitFor(async () => (await locking()).rows.length > 0, { what: 'a lock that nobody uses' });
      await f.sql.query(`SET lock_timeout = '20s'`);
      await f.sql.query('UPDATE sessions SET updated_at = now() WHERE id = ANY ($1)', [sessionIds]);
      await link.cut();
      return (await lost).map(({ status }) => status);
    },
    async [Symbol.asyncDispose]() {
      await still[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}

describe('a process that stands still', () => {
  it('while it deletes sessions has them locked for a moment only', async () => {
    await using f = await createFixture();
    await using stage = await createStage(f);
    const [forgotten, erased] = [await f.newSession(), await f.newSession()];
    await f.sql.query(
      `UPDATE sessions SET updated_at = now() - interval '31 days', look_at = now() - interval '1 second' WHERE id = $1`,
      [forgotten],
    );
    // Both wait where their next statement would delete.
    await using held = await hold(f, 'LOCK TABLE sessions');
    const begun = [stage.db.sweep.forgetSessions(), stage.db.sessions.erase(f.accountId, erased)];
    expect(await stage.standStill(begun, held, [forgotten, erased])).toEqual(['rejected', 'rejected']);
  });

  it('in any transaction keeps nobody out for longer than ten seconds', async () => {
    await using f = await createFixture();
    await using stage = await createStage(f);
    const sessionId = await f.newSession();
    const run = await f.newRunning({ sessionId });
    await using held = await hold(f, 'LOCK TABLE sessions');
    const begun = [stage.db.memories.write({ ...run, key: 'name', content: 'Ada' })];
    expect(await stage.standStill(begun, held, [sessionId])).toEqual(['rejected']);
    expect((await f.sql.query('SELECT FROM session_memories')).rows).toEqual([]);
  });
});
