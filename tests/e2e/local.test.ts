import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { baseEnv, createTestDatabase, waitFor } from '../harness/index.ts';
import { startModelServer } from './model-server.ts';

const MAIN = join(import.meta.dirname, '../../apps/local/src/main.ts');

type Local = { child: ChildProcess; output(): string; ended: Promise<number | null> };

function start(args: string[], env: NodeJS.ProcessEnv = {}): Local {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...baseEnv(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  return {
    child,
    output: () => printed,
    ended: once(child, 'close').then(([code]: (number | null)[]) => code ?? null),
  };
}

/** How it ended, with all it printed: what a failure then shows. */
async function endOf(local: Local) {
  return { code: await local.ended, output: local.output() };
}

/** A data folder of its own; what still runs on it at the end is killed. */
async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-local-'));
  const started: Local[] = [];
  return {
    path,
    start(args: string[], env?: NodeJS.ProcessEnv): Local {
      const local = start(['--data', path, ...args], env);
      started.push(local);
      return local;
    },
    async [Symbol.asyncDispose]() {
      for (const { child, ended } of started) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
        await ended;
      }
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Processes whose command line or environment names this folder. */
async function processesOn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}

describe('npm start', () => {
  it('runs the demonstration with real tools, shows the verified webhook and the cost, and leaves nothing running', async () => {
    await using folder = await createFolder();
    const local = folder.start(['--once']);
    expect(await endOf(local)).toMatchObject({ code: 0 });
    for (const part of [
      'sim/demo (simulator)',
      'calculator',
      '→ 497',
      'signature verified',
      'is 497',
      'simulator',
      'Cost: $0',
    ]) {
      expect(local.output()).toContain(part);
    }
    expect(await processesOn(folder.path)).toEqual([]);

    const again = folder.start(['--once', 'What is 6 times 7?']);
    expect(await endOf(again)).toMatchObject({ code: 0 });
    expect(again.output()).toContain('42');
    expect(again.output()).not.toContain('new database cluster');
  }, 90_000);

  it('says so where another runs on the same database with keys of its own, whose webhooks neither could deliver', async () => {
    await using database = await createTestDatabase();
    await using folder = await createFolder();
    const db = createDatabase({
      url: database.url,
      poolSize: 1,
      statementTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      applicationName: 'test',
    });
    try {
      const text = createSecretBox([Buffer.alloc(32, 1).toString('base64')]).seal('local-seal');
      await db.documents.write({ name: 'local-seal', text, version: null });
      const [id, pools] = [createId('worker'), ['default']];
      await db.lease.register({ id, hostname: 'other', version: '1', pools, slots: 1, tools: [] });
    } finally {
      await db.close();
    }
    const local = folder.start(['--once'], { DATABASE_URL: database.url });
    expect(await endOf(local)).toMatchObject({
      code: 1,
      output: expect.stringContaining('another Flotilla runs on this DATABASE_URL with keys of its own'),
    });
  }, 60_000);

  it('serves until it is told to stop, tells a second one so, and recovers its data after a kill -9', async () => {
    await using folder = await createFolder();
    const first = folder.start([]);
    const [, url, key] = await waitFor(() => /The API is (\S+), the key (fl_live_\w+)/.exec(first.output()), {
      timeoutMs: 60_000,
      what: 'the first to serve',
    });
    const headers = { authorization: `Bearer ${key}` };
    const second = folder.start(['--once']);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('already running');

    first.child.kill('SIGKILL');
    await first.ended;
    const third = folder.start([]);
    const [, newUrl, sameKey] = await waitFor(() => /The API is (\S+), the key (fl_live_\w+)/.exec(third.output()), {
      timeoutMs: 60_000,
      what: 'the third to serve',
    });
    expect(sameKey).toBe(key);
    expect(newUrl).not.toBe(url);
    const missions = await fetch(`${newUrl}/v1/missions`, { headers });
    expect(await missions.json()).toMatchObject({ data: [{ status: 'completed' }, { status: 'completed' }] });
    third.child.kill('SIGINT');
    expect(await third.ended).toBe(0);
    await waitFor(async () => (await processesOn(folder.path)).length === 0, {
      timeoutMs: 15_000,
      what: 'everything to end',
    });
  }, 180_000);

  it.each(['ANTHROPIC', 'OPENAI'] as const)(
    'runs a mission on a server that speaks %s’s wire format',
    async (wire) => {
      await using models = await startModelServer({ steps: 2 });
      await using folder = await createFolder();
      const local = folder.start(['--once', 'count for me'], {
        [`${wire}_API_KEY`]: 'x',
        [`${wire}_BASE_URL`]: wire === 'ANTHROPIC' ? models.anthropicUrl : models.openaiUrl,
      });
      expect(await endOf(local)).toMatchObject({ code: 0 });
      expect(models.calls).toMatchObject([1, 2, 3].map((step) => ({ goal: 'count for me', step, completed: true })));
      expect(local.output()).toContain('done after 2 steps');
      expect(local.output()).not.toContain('is a simulator');
      expect(local.output()).toContain('signature verified');
    },
    90_000,
  );

  it('exits non-zero and says why when the mission fails', async () => {
    await using folder = await createFolder();
    const local = folder.start(['--once', 'hello'], {
      ANTHROPIC_API_KEY: 'x',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    });
    expect(await local.ended).toBe(1);
    expect(local.output()).toContain('provider_unreachable');
  }, 90_000);

  it('says what is wrong with the command line or the environment, and starts nothing', async () => {
    await using folder = await createFolder();
    const misspelt = folder.start(['--onec']);
    expect(await misspelt.ended).toBe(2);
    expect(misspelt.output()).toContain('--onec');
    const wrong = folder.start(['--once'], { WORKER_SLOTS: 'many' });
    expect(await wrong.ended).toBe(2);
    expect(wrong.output()).toContain('WORKER_SLOTS must be a whole number from 1 to 10000; it is "many"');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
