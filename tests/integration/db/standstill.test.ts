import { expect, it } from 'vitest';
import { hold, waiters, waitFor } from '../../harness/index.ts';
import { startLink } from '../api/link.ts';
import { createFixture } from './fixture.ts';

it('a process that stands still while it deletes sessions has them locked for a moment only', async () => {
  await using f = await createFixture();
  const [forgotten, erased] = [await f.newSession(), await f.newSession()];
  await f.sql.query(
    `UPDATE sessions SET updated_at = now() - interval '31 days', look_at = now() - interval '1 second' WHERE id = $1`,
    [forgotten],
  );
  const far = new URL(f.url);
  await using link = await startLink({ host: far.hostname, port: Number(far.port) });
  far.port = String(link.port);
  await using still = await f.openAnother({ url: far.href, applicationName: 'stands still' });
  // Both wait where their next statement would delete.
  await using held = await hold(f, 'LOCK TABLE sessions');
  const lost = Promise.allSettled([still.db.sweep.forgetSessions(), still.db.sessions.erase(f.accountId, erased)]);
  await waiters(f, 2);
  link.stopUp();
  await held.letGo();
  const locking = () =>
    f.sql.query(`
      SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)
      WHERE a.application_name = 'stands still' AND a.state = 'idle in transaction' AND l.relation = 'sessions'::regclass`);
  await waitFor(async () => (await locking()).rows.length > 0, { what: 'a lock that nobody uses' });
  await f.sql.query(`SET lock_timeout = '15s'`);
  await f.sql.query('UPDATE sessions SET updated_at = now() WHERE id = ANY ($1)', [[forgotten, erased]]);
  await link.cut();
  expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
