import { join } from 'node:path';
import { compileApps } from '../../harness/compile-apps.ts';
import { openFolder } from './folder.ts';
import { type ChaosPostgres, openPostgres } from './postgres.ts';
import { type ChaosRedis, openRedis } from './redis.ts';

/** The servers of a whole run; every scenario has a database and a queue of its own on them. */
export type Servers = AsyncDisposable & {
  postgres: ChaosPostgres;
  redis: ChaosRedis;
};

/** @param settingsIn more settings for Postgres, which may keep files in the folder that it is told */
export async function openServers(settingsIn?: (dir: string) => Promise<Record<string, string>>): Promise<Servers> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = stack.use(await openFolder({ name: 'servers' }));
    const settings = await settingsIn?.(folder.path);
    const postgres = stack.use(await openPostgres(join(folder.path, 'postgres'), settings));
    const redis = stack.use(await openRedis(folder.path));
    await compileApps();
    return { postgres, redis, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
