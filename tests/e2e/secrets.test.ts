import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { startFleet } from './fleet.ts';
import { type Reply, startModelServer } from './model-server.ts';

/** Every row of every table, as text; the queue's own as well. */
async function dump(databaseUrl: string): Promise<string> {
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const { rows: tables } = await sql.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThan(15);
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await sql.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await sql.end();
  }
}

async function readOutput(url: string, missionId: string): Promise<string> {
  const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url, poolSize: 1, applicationName: 'flotilla-test', ...timeouts });
  try {
    return (await db.steps.readOutput({ missionId, of: null, step: 2, index: 0 })) ?? '';
  } finally {
    await db.close();
  }
}

it('no secret reaches a prompt, a table, an event, a webhook or a log, though a tool tells all it knows', async () => {
  const canary = () => `canary-${randomBytes(12).toString('hex')}`;
  const secrets = { tool: canary(), file: canary(), provider: canary(), search: canary(), admin: canary() };
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-secrets-'));
  await writeFile(join(dir, 'UNUSED'), secrets.file);
  const prompts: string[] = [];
  const play = ({ step, results }: { step: number; results: string[] }): Reply => {
    prompts.push(...results);
    return step <= 2 ? [{ name: 'current_time', input: { fails: step === 1 } }] : results.join();
  };
  await using models = await startModelServer({ play });
  await using fleet = await startFleet('postgres', {
    LOG_LEVEL: 'debug',
    OPENAI_API_KEY: secrets.provider,
    OPENAI_BASE_URL: models.openaiUrl,
    BRAVE_API_KEY: secrets.search,
    FLOTILLA_ADMIN_KEY: secrets.admin,
  });
  try {
    const worker = await fleet.startWorker({
      TOOLS_DIR: join(import.meta.dirname, 'tools'),
      TOOL_SECRETS: 'CRM_TOKEN',
      TOOL_SECRETS_DIR: dir,
      CRM_TOKEN: secrets.tool,
    });
    const webhook = { url: fleet.receiverUrl };
    const { body } = await fleet.post({ goal: 'log in', model: 'openai/gpt-test', tools: ['current_time'], webhook });
    const mission = await fleet.ended(body.id);
    expect(mission).toMatchObject({
      status: 'completed',
      output: expect.stringContaining('welcome, [secret CRM_TOKEN]'),
    });
    await waitFor(() => fleet.webhooks.length > 0, { what: 'the webhook' });
    expect((await worker.stop()).code).toBe(0);
    const seen = {
      prompts: prompts.join('\n'),
      tables: await dump(fleet.databaseUrl),
      // Lies compressed in its table.
      output: await readOutput(fleet.databaseUrl, body.id),
      api: JSON.stringify(
        await Promise.all(['', '/steps', '/events'].map((path) => fleet.get(`/v1/missions/${body.id}${path}`))),
      ),
      webhooks: JSON.stringify(fleet.webhooks),
      logs: worker.output() + fleet.api.output(),
    };
    // They have been where they would be found.
    for (const where of [seen.prompts, seen.tables, seen.output, seen.api]) {
      expect(where).toContain('[secret CRM_TOKEN]');
    }
    expect(seen.logs).toContain('mission left running');
    const forms = (value: string) => [value, Buffer.from(value).toString('base64').replace(/=+$/, '')];
    const found = Object.entries(seen).flatMap(([where, text]) =>
      Object.entries(secrets).flatMap(([name, value]) =>
        forms(value).some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
      ),
    );
    expect(found).toEqual([]);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 180_000);
