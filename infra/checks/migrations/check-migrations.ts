import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exception } from './exceptions.ts';
import { judgeMigration } from './judge.ts';

/** The migrations before this one were made before the first release: no system has ever run beneath them. */
const FIRST_HELD = '20261129000000';

/**
 * Holds the migrations of a folder to what may be deployed beneath a running version.
 * @returns a line for each fault, and for each exception that nothing needs
 */
export function checkMigrations(dir: string, exceptions: readonly Exception[]): string[] {
  const faults = globSync('*/migration.sql', { cwd: dir })
    .map((path) => ({ migration: path.replace(/[\\/]migration\.sql$/, ''), path: join(dir, path) }))
    .filter(({ migration }) => migration >= FIRST_HELD)
    .toSorted((a, b) => (a.migration < b.migration ? -1 : 1))
    .flatMap(({ migration, path }) =>
      judgeMigration(readFileSync(path, 'utf8')).map((fault) => ({ migration, ...fault })),
    );
  const excepts = (exception: Exception, { migration, statement }: (typeof faults)[number]) =>
    exception.migration === migration && statement.startsWith(exception.statement);
  return [
    ...faults
      .filter((fault) => !exceptions.some((exception) => excepts(exception, fault)))
      .map(({ migration, statement, says }) => `${migration}: ${statement}: ${says}`),
    ...exceptions
      .filter((exception) => !faults.some((fault) => excepts(exception, fault)))
      .map(({ migration, statement }) => `${migration}: ${statement}: needs no exception`),
  ];
}
