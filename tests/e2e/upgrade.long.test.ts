import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deployMigrations } from '@flotilla/db/migrate';
import pg from 'pg';
import { expect, it } from 'vitest';
import { hold } from '../harness/index.ts';
import { BACKENDS } from './backends.ts';
import { type Fleet, startFleet } from './fleet.ts';

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');

/** What a next release may bring, one of each kind; `infra/checks/migrations` finds nothing in them. */
const NEXT_RELEASE = join(import.meta.dirname, 'next-release');

const MISSION = { goal: 'load', model: 'sim/load', tools: ['sim_work'], modelOptions: { steps: 1, latencyMs: 50 } };
const STEPS_EACH = 2;
/** Of a POST the answer's status, of a GET the mission's. */
const WELL = new Set<number | string>([202, 'queued', 'running', 'completed']);
const CLIENTS = 4;
const PAUSE_MS = 100;
/** A report, a backup: longer than any request would wait behind a migration that waits for it. */
const TRANSACTION_MS = 7_000;

type Answer = { what: 'POST' | 'GET'; status: number | string; code: string | undefined; tookMs: number };

/** Clients that each post a mission and read it, one request after the other, until they are told to stop. */
function startLoad(fleet: Fleet) {
  const answers: Answer[] = [];
  const ids: string[] = [];
  const over = new AbortController();
  async function ask<View extends { status: number | string; code?: string }>(
    what: Answer['what'],
    request: () => Promise<View>,
  ): Promise<View | undefined> {
    const startedAt = performance.now();
    const view = await request().catch((error: unknown) => String(error));
    const { status, code } = typeof view === 'string' ? { status: view, code: undefined } : view;
    answers.push({ what, status, code, tookMs: performance.now() - startedAt });
    return typeof view === 'string' ? undefined : view;
  }
  async function runClient(): Promise<void> {
    while (!over.signal.aborted) {
      const posted = await ask('POST', async () => {
        const { status, body } = await fleet.post(MISSION);
        return { ...body, status };
      });
      if (posted?.status === 202) {
        ids.push(posted.id);
        await ask('GET', () => fleet.get<{ status: string }>(`/v1/missions/${posted.id}`));
      }
      await sleep(PAUSE_MS);
    }
  }
  const clients = Array.from({ length: CLIENTS }, runClient);
  return {
    ids,
    async stop() {
      over.abort();
      await Promise.all(clients);
      return answers;
    },
  };
}

it.each(BACKENDS)(
  'the next release is migrated beneath a fleet on the %s queue that goes on: no request fails, and every mission is played once',
  async (backend) => {
    await using stack = new AsyncDisposableStack();
    const migrationsDir = await mkdtemp(join(tmpdir(), 'flotilla-upgrade-'));
    stack.defer(() => rm(migrationsDir, { recursive: true }));
    for (const dir of [MIGRATIONS, NEXT_RELEASE]) await cp(dir, migrationsDir, { recursive: true });
    const fleet = stack.use(await startFleet(backend));
    const sql = new pg.Client({ connectionString: fleet.databaseUrl });
    await sql.connect();
    stack.defer(() => sql.end());
    await fleet.startWorker();

    const load = startLoad(fleet);
    await sleep(1_000);
    await using transaction = await hold({ sql }, 'LOCK TABLE missions IN ACCESS SHARE MODE');
    const deploying = deployMigrations({ databaseUrl: fleet.databaseUrl, migrationsDir });
    await sleep(TRANSACTION_MS);
    await transaction.letGo();
    expect(await deploying).toEqual((await readdir(NEXT_RELEASE)).toSorted());
    // A process of the version before that starts only now.
    await fleet.startWorker();
    await sleep(1_000);
    const answers = await load.stop();

    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(({ status }) => !WELL.has(status))).toEqual([]);
    for (const id of load.ids) expect(await fleet.ended(id)).toMatchObject({ status: 'completed', attempt: 1 });
    const { rows } = await sql.query<{ steps: number }>('SELECT count(*)::int AS steps FROM steps');
    expect(rows).toEqual([{ steps: load.ids.length * STEPS_EACH }]);
  },
  180_000,
);
