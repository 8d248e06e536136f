import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgentPool, createDeclaredTool } from '@flotilla/agent';
import { readAgentsDir } from '@flotilla/api/agents-dir';
import { storeAgents } from '@flotilla/api/store-agents';
import type { DeclaredTool } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import type { Bench, Result, Row } from '../row.ts';
import { percentile } from '../statistics.ts';

const CREATED = 1_000;
const FILED = 50;
const LINE_CREATED_MS = 1;
const LINE_FILED_MS = 1_000;

const logger = createLogger({ level: 'error', format: 'json', service: 'bench' });

/** An agent made ready to be played, and a folder of them made ready to be named. */
export const agents: Row = {
  name: 'agents',
  async run(bench): Promise<Result[]> {
    const common = { backend: 'none', unit: 'ms', baseline: null, better: 'lower' } as const;
    const created = create();
    return [
      {
        ...common,
        name: 'agent with 5 tools of its own created, p95',
        value: percentile(created.first, 95),
        line: { max: LINE_CREATED_MS },
      },
      { ...common, name: 'agent of the pool, p95', value: percentile(created.again, 95) },
      {
        ...common,
        name: `${FILED} agents of a folder validated and stored`,
        value: await file(bench),
        line: { max: LINE_FILED_MS },
      },
    ];
  },
};

function create() {
  const pool = createAgentPool({
    tools: new Map(),
    declare: (declared) => createDeclaredTool(declared, { post: () => Promise.reject(new Error('nobody is called')) }),
  });
  const roles = Array.from({ length: CREATED }, (_, n) => {
    const declaredTools = Array.from({ length: 5 }, (_tool, index) => declare(`tool-${n}-${index}`));
    return { tools: declaredTools.map(({ name }) => name), declaredTools };
  });
  const timed = () =>
    roles.map((role) => {
      const startedAt = performance.now();
      pool.of(role);
      return performance.now() - startedAt;
    });
  return { first: timed(), again: timed() };
}

function declare(name: string): DeclaredTool {
  return {
    name,
    description: `Looks up what is known of an article, as ${name} has it.`,
    inputSchema: {
      type: 'object',
      properties: {
        article: { type: 'string', maxLength: 100 },
        count: { type: 'integer', minimum: 1 },
        where: { type: 'object', properties: { city: { type: 'string' }, floor: { type: 'integer' } } },
      },
      required: ['article'],
      additionalProperties: false,
    },
    url: `https://shop.example/${name}`,
  };
}

/** From the folder to agents that missions can name, on a database that has none of them. */
async function file(bench: Bench): Promise<number> {
  await using resources = new AsyncDisposableStack();
  const { url } = resources.use(await bench.servers.createDatabase({ migrated: true }));
  const timeouts = { statementTimeoutMs: 60_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url, poolSize: 10, applicationName: 'flotilla-bench', ...timeouts });
  resources.defer(() => db.close());
  await db.warmUp();
  await db.accounts.create({ name: 'bench', tier: 'paid', maxRunning: 1, webhookSecret: '' });
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-agents-'));
  resources.defer(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, 'bench'));
  for (let n = 0; n < FILED; n += 1) await writeFile(join(dir, 'bench', `agent-${n}.yaml`), yaml(n));

  const startedAt = performance.now();
  const filed = await readAgentsDir(dir, { models: { allowed: ['sim/*'] }, checkToolUrls: async () => undefined });
  const findFleetTools = async () => new Set<string>();
  const stopping = new AbortController().signal;
  await storeAgents(filed, { db, findFleetTools, logger, stopping }).once;
  return performance.now() - startedAt;
}

function yaml(n: number): string {
  const tool = JSON.stringify(declare(`own-${n}`));
  return `model: sim/demo\ninstructions: |\n  You are agent ${n}. Look things up before you answer.\ntools:\n  - calculator\n  - ${tool}\n`;
}
