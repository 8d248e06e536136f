import { FLEET_TOOLS_CACHE_MS, TOOL_NAMES } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { createMemo } from '../memo.ts';

/** Those of these names, of any tools, that are the deployment's own and have been loaded by its workers. */
export type FindFleetTools = (names: readonly string[]) => Promise<ReadonlySet<string>>;

const BUILT_IN: ReadonlySet<string> = new Set(TOOL_NAMES);
const NONE: ReadonlySet<string> = new Set();

/** The API loads no tools: it knows of them what workers have told when they registered. */
export function createFleetToolFinder(db: { workers: Pick<Database['workers'], 'fleetTools'> }): FindFleetTools {
  const known = createMemo<ReadonlySet<string>>({ maxEntries: 1, ttlMs: FLEET_TOOLS_CACHE_MS });

  return async function findFleetTools(names) {
    // Most missions name none, and need not ask.
    if (names.every((name) => BUILT_IN.has(name))) return NONE;
    return known.get('', async () => new Set(await db.workers.fleetTools()));
  };
}
