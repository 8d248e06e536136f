import { randomBytes } from 'node:crypto';

import { deployMigrations } from '@flotilla/db/migrate';
import { findRedis, startPostgres, startRedis } from '@flotilla/embedded';
import type { TestProject } from 'vitest/node';

import { compileApps } from './compile-apps.ts';
import { dropDatabases, withDatabaseName } from './database-server.ts';

/** What is handed to every test file; `inject` is how the helpers beside this file get it. */
declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the test server. */
    databaseServerUrl: string;
    /** A database with all migrations applied, which nobody connects to: every test's database is a copy of it. */
    templateDatabase: string;
    redisUrl: string;
  }
}

const log = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * One Postgres and one Redis for all system tests of a run, on ports and in folders of their own, so that two runs on
 * one machine never meet. Should the run be killed, the servers end with it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const resources = new AsyncDisposableStack();
  try {
    await compileApps();
    await provideDatabase(project, resources);
    await provideRedis(project, resources);
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
  return () => resources.disposeAsync();
}

const provideDatabase = async (project: TestProject, resources: AsyncDisposableStack): Promise<void> => {
  const given = process.env['TEST_DATABASE_URL'];
  const isOwn = given === undefined || given === '';
  if (!isOwn) log('postgres: using TEST_DATABASE_URL');
  const serverUrl = isOwn ? resources.use(await startPostgres({ log })).url : given;
  // On a server that is not ours alone, the run's databases are known by this prefix.
  const run = `flotilla_test_${randomBytes(4).toString('hex')}`;
  if (!isOwn) resources.defer(() => dropDatabases(serverUrl, run));
  const templateDatabase = `${run}_template`;
  const startedAt = performance.now();
  const applied = await deployMigrations({ databaseUrl: withDatabaseName(serverUrl, templateDatabase) });
  log(`postgres: applied ${applied.length} migrations (${Math.round(performance.now() - startedAt)} ms)`);
  project.provide('databaseServerUrl', serverUrl);
  project.provide('templateDatabase', templateDatabase);
};

const provideRedis = async (project: TestProject, resources: AsyncDisposableStack): Promise<void> => {
  const found = await findRedis({ env: process.env, log });
  const url = found.kind === 'server' ? found.url : resources.use(await startRedis({ program: found.path, log })).url;
  project.provide('redisUrl', url);
};
