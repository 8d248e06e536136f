import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSecretBox } from '@flotilla/platform';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { baseEnv, createTestDatabase } from '../../harness/index.ts';
import { startApi } from './fixture.ts';

const MAIN = join(import.meta.dirname, '../../../apps/admin/src/main.ts');
const KEYS = { FLOTILLA_ENCRYPTION_KEYS: Buffer.alloc(32, 3).toString('base64') };

type Run = { code: number; stdout: string; stderr: string };

/** `npm run admin -- …` without npm. */
async function admin(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...baseEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), stdout, stderr };
}

describe('npm run admin', () => {
  it('makes an account and a key that the API lets in', async () => {
    await using api = await startApi();
    const env = { DATABASE_URL: api.databaseUrl, FLOTILLA_ENCRYPTION_KEYS: api.encryptionKey };
    const account = JSON.parse(
      (await admin(['create-account', '--name', 'Acme Inc.', '--tier', 'paid', '--json'], env)).stdout,
    );
    expect(account).toEqual({
      id: expect.stringMatching(/^acc_[0-9a-f]{32}$/),
      name: 'Acme Inc.',
      tier: 'paid',
      maxRunning: 10,
      maxQueued: 100_000,
      webhookSecret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    const { rows } = await api.sql.query('SELECT webhook_secret, max_running, max_queued FROM accounts WHERE id = $1', [
      account.id,
    ]);
    expect(rows[0]).toMatchObject({ max_running: 10, max_queued: 100_000 });
    expect(createSecretBox([api.encryptionKey]).open(rows[0].webhook_secret)).toBe(account.webhookSecret);

    for (const named of ['Acme Inc.', account.id]) {
      const made = await admin(['create-key', '--account', named], env);
      const [key = ''] = /fl_live_\w+/.exec(made.stdout) ?? [];
      expect((await api.call('POST', '/v1/missions', { key, body: { goal: 'x' } })).status).toBe(202);
    }
    const reader = JSON.parse(
      (await admin(['create-key', '--account', account.id, '--scopes', 'missions:read', '--json'], env)).stdout,
    );
    expect((await api.call('GET', '/v1/missions', { key: reader.key })).status).toBe(200);
    expect((await api.call('POST', '/v1/missions', { key: reader.key, body: { goal: 'x' } })).status).toBe(403);

    const taken = await admin(['create-account', '--name', 'Acme Inc.'], env);
    expect(taken).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('already an account "Acme Inc."'),
    });
    const nobody = await admin(['create-key', '--account', 'Nobody'], env);
    expect(nobody).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no account "Nobody"') });
  });

  it('makes a pool, once', async () => {
    await using database = await createTestDatabase();
    const env = { DATABASE_URL: database.url };
    expect(await admin(['create-pool', '--name', 'gpu'], env)).toMatchObject({ code: 0 });
    expect(await admin(['create-pool', '--name', 'gpu'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already a pool "gpu"'),
    });
    expect((await admin(['list-pools'], env)).stdout).toBe('default\ngpu\n');
  });

  it('seals secrets anew for the first of several keys, and says what none of them opens', async () => {
    await using database = await createTestDatabase();
    const DATABASE_URL = database.url;
    const older = KEYS.FLOTILLA_ENCRYPTION_KEYS;
    const newer = Buffer.alloc(32, 4).toString('base64');
    await admin(['create-account', '--name', 'x'], { DATABASE_URL, ...KEYS });
    const reseal = (keys: string) => admin(['reseal'], { DATABASE_URL, FLOTILLA_ENCRYPTION_KEYS: keys });
    expect(await reseal(newer)).toMatchObject({
      code: 1,
      stdout: '0 of 1 secrets sealed anew. 1 can be opened with none of the keys.\n',
    });
    expect(await reseal(`${newer},${older}`)).toMatchObject({
      code: 0,
      stdout: '1 of 1 secrets sealed anew. The first key opens all of them.\n',
    });
  });

  it('migrates an empty database, and then finds nothing to do', async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    const first = JSON.parse((await admin(['migrate', '--json'], { DATABASE_URL: database.url })).stdout);
    expect(first.applied.length).toBeGreaterThan(0);
    expect(await admin(['migrate'], { DATABASE_URL: database.url })).toMatchObject({
      code: 0,
      stdout: 'The database is up to date.\n',
    });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('SELECT count(*)::int AS n FROM accounts')).rows).toEqual([{ n: 0 }]);
    await client.end();
  });

  it('explains itself, and tells misuse from misfortune by its exit code', async () => {
    expect(await admin([])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: npm run admin') });
    expect(await admin(['create-acount'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command'),
    });
    expect(await admin(['create-account', '--name', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('FLOTILLA_ENCRYPTION_KEYS'),
    });
    const away = { DATABASE_URL: 'postgresql://someone:hunter2@127.0.0.1:1/x', ...KEYS };
    for (const args of [['migrate'], ['create-account', '--name', 'x'], ['create-key', '--account', 'x']]) {
      const run = await admin(args, away);
      expect(run.code).toBe(1);
      expect(run.stdout).toBe('');
      expect(run.stderr).not.toContain('hunter2');
      expect(run.stderr.trim().split('\n').length).toBeLessThan(4);
    }
  });
});
