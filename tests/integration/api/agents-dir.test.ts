import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, waitFor } from '../../harness/index.ts';
import { type Api, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

describe('AGENTS_DIR', () => {
  async function folder(files: Record<string, string>): Promise<string> {
    const dir = join(tmpdir(), createId('mission'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(dir, path, '..'), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    return dir;
  }
  const yaml = (instructions: string) => `model: sim/demo\ninstructions: |\n  ${instructions}\ntools: [calculator]\n`;

  it('has fifty agents stored within seconds, once, and a changed one as its next version', async () => {
    const { accountId, key } = await api.newAccount('filed');
    const files = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`filed/agent-${n}.yaml`, yaml(`Agent ${n}`)]),
    );
    const start = async (more: Record<string, string> = {}) => {
      const AGENTS_DIR = await folder({ ...files, ...more });
      return api.startProcess({ AGENTS_DIR });
    };
    await start();
    expect((await api.call('GET', '/v1/agents?limit=100', { key })).body.data).toHaveLength(50);
    const { rows } = await api.sql.query<{ ms: number }>(
      `SELECT extract(epoch FROM max(created_at) - min(created_at))::float8 * 1000 AS ms FROM agents WHERE account_id = $1`,
      [accountId],
    );
    expect(rows[0]?.ms).toBeLessThan(5_000);

    await start({ 'filed/agent-7.yaml': yaml('Another') });
    const versions = (await api.call('GET', '/v1/agents?limit=100', { key })).body.data;
    expect(versions.filter(({ version }) => version === 2).map(({ name }) => name)).toEqual(['agent-7']);
    expect((await api.call('GET', '/v1/agents/agent-7', { key })).body).toMatchObject({
      definition: { instructions: 'Another\n', tools: ['calculator'] },
    });
  });

  it('has them stored once the database is migrated, where the API starts before', async () => {
    const { key } = await api.newAccount('early');
    const newest = 'WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)';
    await api.sql.query(`UPDATE _prisma_migrations SET finished_at = NULL ${newest}`);
    await using early = await startProcess({
      args: [join(import.meta.dirname, '../../../apps/api/src/main.ts')],
      env: {
        DATABASE_URL: api.databaseUrl,
        FLOTILLA_ENCRYPTION_KEYS: api.encryptionKey,
        PORT: '0',
        AGENTS_DIR: await folder({ 'early/bird.yaml': yaml('Rise.') }),
      },
      readyLine: /an agent is stored later/,
    });
    const ask = async () => (await api.call('GET', '/v1/agents/bird', { key })).status;
    expect(await ask()).toBe(404);
    await api.sql.query(`UPDATE _prisma_migrations SET finished_at = now() ${newest}`);
    await waitFor(async () => (await ask()) === 200, { what: 'the agent to be stored' });
    expect(early.output()).not.toContain('an agent was not stored');
  });

  it('stops the start with all that is wrong in all files', async () => {
    const AGENTS_DIR = await folder({
      'test/good.yaml': yaml('fine'),
      'test/broken.yaml': 'model: [',
      'test/Loud.yaml': yaml('x'),
      'test/strange.yaml': 'model: sim/demo\ninstructions: x\ntools: [tele port]\n',
      'test/empty.yml': '',
      'test/wrong.yaml': 'model: sim/demo\ninstruction: x\n',
      'stray.yaml': yaml('x'),
    });
    const failure = await api.startProcess({ AGENTS_DIR }).then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    for (const [file, problemText] of [
      ['test/broken.yaml', 'Flow sequence'],
      ['test/Loud.yaml', 'the name must be'],
      ['test/strange.yaml', '/tools/0 is not a tool'],
      ['test/empty.yml', 'the file must be an object'],
      ['test/wrong.yaml', '/instruction is not a known field'],
      ['test/wrong.yaml', '/instructions is required'],
      ['stray.yaml', 'belongs into a folder'],
    ] as const) {
      expect(failure).toMatch(new RegExp(`${file}: [^\n]*${problemText.replaceAll('/', '\\/')}`));
    }
    expect(failure).not.toContain('good.yaml');
  });

  it('keeps back no agent because another’s account is not there', async () => {
    const { key } = await api.newAccount('second');
    const AGENTS_DIR = await folder({ 'absent/a.yaml': yaml('a'), 'second/b.yaml': yaml('b') });
    const process = await api.startProcess({ AGENTS_DIR });
    expect((await api.call('GET', '/v1/agents', { key })).body.data.map(({ name }) => name)).toEqual(['b']);
    expect(process.output()).toContain('absent');
  });

  it('stores an agent whose tool no worker has yet as soon as one has it, and keeps back no other meanwhile', async () => {
    const { key } = await api.newAccount('third');
    const sailor = 'model: sim/demo\ninstructions: x\ntools: [calculator, hoist_sail]\n';
    const AGENTS_DIR = await folder({ 'third/a-sailor.yaml': sailor, 'third/b.yaml': yaml('b') });
    const process = await api.startProcess({ AGENTS_DIR });
    const names = async () => (await api.call('GET', '/v1/agents', { key })).body.data.map(({ name }) => name);
    expect(await names()).toEqual(['b']);
    expect(process.output()).toMatch(/before a worker has its tools.*a-sailor\.yaml.*hoist_sail/);

    const id = createId('worker');
    const tools = ['hoist_sail'];
    await api.db.lease.register({ id, hostname: 'h', version: '1', pools: ['default'], slots: 1, tools });
    await waitFor(async () => (await names()).length === 2, { timeoutMs: 15_000, what: 'the agent to be stored' });
  });
});
