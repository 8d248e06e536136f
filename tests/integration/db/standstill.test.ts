import { describe, expect, it } from 'vitest';
import { hold, waiters, waitFor } from '../../harness/index.ts';
import { startLink } from '../api/link.ts';
import { createFixture, type Fixture } from './fixture.ts';

type Held = Awaited<ReturnType<typeof hold>>;

/** Somebody whose words no longer reach the server, once it waits for the lock on a table that is let go then. */
async function createStage(f: Fixture) {
  const far = new URL(f.url);
  const link = await startLink({ host: far.hostname, port: Number(far.port) });
  far.port = String(link.port);
  // Of a deployment's own; what we ask for has to hold beside them.
  far.searchParams.set('options', '-c work_mem=8MB');
  const applicationName = 'stands still';
  const still = await f.openAnother({ url: far.href, applicationName, isPrepared: true });
  return {
    db: still.db,
    /** Returns how it ended with what was begun before, once somebody else could do `after`. */
    async standStill(
      begun: readonly Promise<unknown>[],
      { held, table, after }: { held: Held; table: string; after: string },
    ) {
      const lost = Promise.allSettled(begun);
      await waiters(f, begun.length);
      link.stopUp();
      await held.letGo();
      const locking = () =>
        f.sql.query(
          `SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)
           WHERE a.application_name = $1 AND a.state = 'idle in transaction' AND l.relation = $2::regclass`,
          [applicationName, table],
        );
      await waitFor(async () => (await locking()).rows.length > 0, { what: 'a lock that nobody uses' });
      const startedAt = performance.now();
      await f.sql.query(`SET lock_timeout = '20s'`);
      await f.sql.query(after);
      const tookMs = performance.now() - startedAt;
      await link.cut();
      return { ends: (await lost).map(({ status }) => status), tookMs };
    },
    async [Symbol.asyncDispose]() {
      await still[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}

describe('a process that stands still', () => {
  it('has those rows locked for a moment only that others would wait for', async () => {
    await using f = await createFixture();
    await using stage = await createStage(f);
    const [forgotten, erased, remembering] = [await f.newSession(), await f.newSession(), await f.newSession()];
    const run = await f.newRunning({ sessionId: remembering });
    await f.sql.query(
      `UPDATE sessions SET updated_at = now() - interval '31 days', look_at = now() - interval '1 second' WHERE id = $1`,
      [forgotten],
    );
    // All wait where their next statement would delete or write.
    await using held = await hold(f, 'LOCK TABLE sessions');
    const begun = [
      stage.db.sweep.forgetSessions(),
      stage.db.sessions.erase(f.accountId, erased),
      stage.db.memories.write({ ...run, key: 'name', content: 'Ada' }),
    ];
    const after = 'UPDATE sessions SET updated_at = now()';
    const { ends, tookMs } = await stage.standStill(begun, { held, table: 'sessions', after });
    expect(ends).toEqual(['rejected', 'rejected', 'rejected']);
    expect(tookMs).toBeLessThan(8_000);
    expect((await f.sql.query('SELECT FROM session_memories')).rows).toEqual([]);
  });

  it('in any other transaction keeps nobody out for longer than ten seconds', async () => {
    await using f = await createFixture();
    await using stage = await createStage(f);
    await using held = await hold(f, 'LOCK TABLE workers');
    const { ends } = await stage.standStill([stage.db.audit()], {
      held,
      table: 'workers',
      after: 'ALTER TABLE workers ADD COLUMN waited int',
    });
    expect(ends).toEqual(['rejected']);
  });
});
