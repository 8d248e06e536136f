import { DEFAULT_POOL, POOLS_CACHE_MS } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { createMemo } from '../memo.ts';
import { ProblemError } from '../problem.ts';

/**
 * Gives the pool that a mission names, or else the default one.
 * @throws {ProblemError} `unknown_pool`, naming those there are
 */
export type ChoosePool = (named: string | undefined) => Promise<string>;

/** A mission in a pool that is not there would never run, and nobody would know why; so it is refused. */
export function createPoolChooser(db: { pools: Pick<Database['pools'], 'list'> }): ChoosePool {
  const known = createMemo<string[]>({ maxEntries: 1, ttlMs: POOLS_CACHE_MS });

  return async function choosePool(named = DEFAULT_POOL) {
    // Made with the schema, and never taken away: most missions need not ask.
    if (named === DEFAULT_POOL) return named;
    const pools = await known.get('', async () => (await db.pools.list()).map(({ name }) => name));
    if (pools.includes(named)) return named;
    throw new ProblemError('unknown_pool', `Name one of these pools: ${pools.join(', ')}.`, {
      errors: [{ path: '/pool', message: 'is not a pool' }],
      members: { allowed: pools },
    });
  };
}
