import { setTimeout as sleep } from 'node:timers/promises';
import { declaredIn, isToolNamed, nameOfTool, TOOL_NAMES } from '@flotilla/core';
import { type Database, DatabaseUnavailableError } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import type { FiledAgent } from './agents-dir.ts';

const TRY_AGAIN_AFTER_MS = 2_000;
const STORED_AT_ONCE = 8;
const BUILT_IN: ReadonlySet<string> = new Set(TOOL_NAMES);

type Deps = {
  db: Pick<Database, 'agents' | 'accounts' | 'checkSchema'>;
  findFleetTools: FindFleetTools;
  logger: Logger;
  stopping: AbortSignal;
};

/** `once`: each agent has had its turn. `all`: none is waiting any more either. */
export type StoringAgents = { once: Promise<void>; all: Promise<void> };

/**
 * PUTs the agents of a folder, each for its account: an unchanged one stays the version it is, however often a process
 * starts. While the database is away, or lacks migrations, it tries again; what only one agent is to blame for is logged,
 * and keeps back no other. One that names a tool which no worker has told of yet waits until one does: at a first start
 * the workers may come later.
 */
export function storeAgents(agents: readonly FiledAgent[], deps: Deps): StoringAgents {
  const { db, findFleetTools, logger, stopping } = deps;
  const waiting: FiledAgent[] = [];

  async function unknownToolsOf({ definition: { tools = [] } }: FiledAgent): Promise<string[]> {
    const declared = new Set(declaredIn(tools).map(([, { name }]) => name));
    const named = tools.map(nameOfTool).filter((name) => !declared.has(name));
    const fleetTools = await findFleetTools(named);
    return named.filter((name) => !BUILT_IN.has(name) && !isToolNamed([...fleetTools], name));
  }

  async function store({ account, name, definition, file }: FiledAgent): Promise<void> {
    const found = await db.accounts.find(account);
    if (!found) {
      logger.error('an agent was not stored: there is no account of its folder’s name', { file, account });
      return;
    }
    const { agent, isNew } = await db.agents.put({ accountId: found.id, name, definition });
    if (isNew) logger.info('an agent has a new version', { file, account, name, version: agent.version });
  }

  /** `false`: not yet, since no worker has its tools. */
  async function storeWhenPossible(agent: FiledAgent, onUnknown: (tools: string[]) => void): Promise<boolean> {
    while (!stopping.aborted) {
      try {
        await db.checkSchema();
        const tools = await unknownToolsOf(agent);
        if (tools.length === 0) await store(agent);
        else onUnknown(tools);
        return tools.length === 0;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) {
          logger.error('an agent was not stored', { file: agent.file, error });
          return true;
        }
        logger.warn('an agent is stored later: the database cannot take it yet', { file: agent.file, error });
        await pause();
      }
    }
    return true;
  }

  /** Aborted: whoever pauses looks for itself. */
  async function pause(): Promise<void> {
    await sleep(TRY_AGAIN_AFTER_MS, undefined, { signal: stopping }).catch(() => undefined);
  }

  const entries = agents.values();
  async function storeLane(): Promise<void> {
    // The iterator is shared: each lane takes whichever agent is next.
    for (const agent of entries) {
      const tell = (tools: string[]) =>
        logger.error('an agent is not stored before a worker has its tools', { file: agent.file, tools });
      if (!(await storeWhenPossible(agent, tell))) waiting.push(agent);
    }
  }

  async function storeWaiting(): Promise<void> {
    let left = waiting;
    while (left.length > 0 && !stopping.aborted) {
      await pause();
      const still: FiledAgent[] = [];
      for (const agent of left) if (!(await storeWhenPossible(agent, () => undefined))) still.push(agent);
      left = still;
    }
  }

  const once = Promise.all(Array.from({ length: STORED_AT_ONCE }, storeLane)).then(() => undefined);
  return { once, all: once.then(storeWaiting) };
}
