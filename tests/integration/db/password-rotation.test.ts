import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { createTestDatabase } from '../../harness/index.ts';

const RUNBOOK = join(import.meta.dirname, '../../../docs/operations.md');

/** The SQL under "The database's password", with roles of this run. */
function readSteps(roles: { owner: string; next: string; password: string }): string[] {
  const [, section = ''] = readFileSync(RUNBOOK, 'utf8').split("**The database's password**");
  const [own = ''] = section.split('## Troubleshooting');
  return [...own.matchAll(/```sql\n([^`]+)```/g)].map(([, sql = '']) =>
    sql
      .replace(/\bflotilla_2\b/g, roles.next)
      .replace(/\bflotilla\b/g, roles.owner)
      .replace(/\bNEW\b/g, roles.password),
  );
}

it("the database's password is rotated as the runbook says: the new role does with the tables what their owner did, which cannot log in any more", async () => {
  await using stack = new AsyncDisposableStack();
  const owner = `rotated_${randomBytes(4).toString('hex')}`;
  const [second, third] = [`${owner}_2`, `${owner}_3`] as const;
  const connect = async (url: string, as?: { role: string; password: string }) => {
    const to = new URL(url);
    if (as) [to.username, to.password] = [as.role, as.password];
    const client = new pg.Client({ connectionString: to.href });
    await client.connect();
    stack.defer(() => client.end());
    return client;
  };
  const admin = await connect(inject('databaseServerUrl'));
  stack.defer(async () => void (await admin.query(`DROP ROLE IF EXISTS ${third}, ${second}, ${owner}`)));
  const { url, name } = stack.use(await createTestDatabase({ isEmpty: true }));
  await admin.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'old'`);
  await admin.query(`ALTER DATABASE ${name} OWNER TO ${owner}`);
  const before = await connect(url, { role: owner, password: 'old' });
  await before.query('CREATE TABLE boats (id int)');

  const [make = '', close = '', ...more] = readSteps({ owner, next: second, password: 'new' });
  expect(more).toEqual([]);
  await admin.query(make);
  const after = await connect(url, { role: second, password: 'new' });
  // What a migration does; and whoever still has the old password works beside it.
  await after.query('ALTER TABLE boats ADD COLUMN name text; CREATE TABLE harbours (id int)');
  await before.query("INSERT INTO boats VALUES (1, 'Argo'); INSERT INTO harbours VALUES (1)");
  const { rows } = await after.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'");
  expect(rows).toEqual([{ tableowner: owner }]);

  await admin.query(close);
  await expect(connect(url, { role: owner, password: 'old' })).rejects.toThrow('not permitted to log in');
  expect((await after.query('SELECT name FROM boats')).rows).toEqual([{ name: 'Argo' }]);

  const [makeNext = ''] = readSteps({ owner, next: third, password: 'newer' });
  await admin.query(makeNext);
  await admin.query(`DROP ROLE ${second}`);
  await (await connect(url, { role: third, password: 'newer' })).query('DROP TABLE harbours');
});
