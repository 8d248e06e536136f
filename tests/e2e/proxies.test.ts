import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openFolder } from '../chaos/stage/folder.ts';
import { type Nginx, startNginx } from '../fleet/nginx.ts';
import { createOwner } from '../fleet/owner.ts';
import { type Pgbouncer, startPgbouncer } from '../fleet/pgbouncer.ts';
import { createTestDatabase, startProcess, type TestProcess, waitFor } from '../harness/index.ts';
import { followMission } from '../proxies/stream.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A buffer would hold the events back to the end, six seconds after the first; what nobody told of comes within one. */
const ARRIVES_WITHIN_MS = 2_500;
const LANES = 4;
const MISSION = {
  goal: 'through',
  model: 'sim/load',
  tools: ['sim_work'],
  modelOptions: { steps: 1, latencyMs: 3_000 },
};

let resources: AsyncDisposableStack;
let nginx: Nginx;
let pgbouncer: Pgbouncer;
let apiKey: string;
let api: TestProcess;

/** nginx before one API instance and an address where there is none; PgBouncer before the database. */
beforeAll(async () => {
  resources = new AsyncDisposableStack();
  const database = resources.use(await createTestDatabase());
  const folder = resources.use(await openFolder({ name: 'proxies' }));
  pgbouncer = resources.use(await startPgbouncer({ dir: folder.path, serverUrl: database.url }));
  const encryptionKey = randomBytes(32).toString('base64');
  apiKey = await createOwner({ directUrl: database.url, encryptionKey, webhookSecret: `whsec_${encryptionKey}` });
  const env = {
    DATABASE_URL: pgbouncer.url,
    DATABASE_DIRECT_URL: database.url,
    REDIS_URL: inject('redisUrl'),
    QUEUE_PREFIX: `t${randomBytes(4).toString('hex')}`,
    FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
  };
  const start = async (app: string, readyLine: RegExp): Promise<TestProcess> =>
    resources.use(
      await startProcess({ args: [join(ROOT, `apps/${app}/src/main.ts`)], env: { ...env, PORT: '0' }, readyLine }),
    );
  [api] = await Promise.all([start('api', /api listening on http:\/\/[\d.]+:(\d+)/), start('worker', /worker ready/)]);
  // Nobody listens on 9, and nobody is given it.
  const apiPorts = [9, Number(api.ready[1])];
  nginx = resources.use(await startNginx({ dir: folder.path, apiPorts }));
});

afterAll(() => resources.disposeAsync());

async function post(headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${nginx.url}/v1/missions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...MISSION, modelOptions: { steps: 1 } }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Every other one with a key. */
async function postAll(count: number): Promise<number[]> {
  const statuses: number[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < count) {
      const index = (next += 1);
      statuses.push(await post(index % 2 === 0 ? { 'idempotency-key': `key-${count}-${index}` } : {}));
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  return statuses;
}

describe('behind nginx and PgBouncer, with one API instance of two away', () => {
  it('no request fails, and the one that is away is left alone after three tries', async () => {
    expect(new Set(await postAll(40))).toEqual(new Set([202]));
    const tries = async () => (await nginx.served()).filter(({ upstream }) => upstream.includes(', ')).length;
    const before = await tries();
    expect(before).toBeGreaterThan(0);
    await postAll(20);
    expect(await tries()).toBe(before);
  });

  it('a mission is played through a pooler in transaction mode, and its events come as they happen', async () => {
    const arrivals = await followMission({ url: nginx.url, apiKey }, MISSION);
    expect(arrivals.at(-1)?.type).toBe('mission.completed');
    expect(Math.max(...arrivals.map(({ tookMs }) => tookMs))).toBeLessThan(ARRIVES_WITHIN_MS);
    const pool = (await pgbouncer.show('POOLS')).find(({ database }) => database === 'flotilla');
    expect(pool).toMatchObject({ pool_mode: 'transaction' });
    expect(Number(pool?.['cl_active'])).toBeGreaterThan(1);
  });

  it("no log of nginx's has a browser's token, also when the instance dies under its stream", async () => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const make = async <Made>(path: string, body: object): Promise<Made> => {
      const response = await fetch(`${nginx.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return JSON.parse(await response.text());
    };
    const { id } = await make<{ id: string }>('/v1/missions', { ...MISSION, delay: 3_600 });
    const { token } = await make<{ token: string }>(`/v1/missions/${id}/tokens`, {});
    const path = `/v1/missions/${id}`;
    const stream = await fetch(`${nginx.url}${path}/events?token=${token}`);
    expect(stream.status).toBe(200);
    const waiting = fetch(`${nginx.url}${path}/result?wait=30&token=${token}`);
    await waitFor(async () => (await nginx.log()).includes('Connection refused'), { what: 'an error of nginx’s' });

    await api.stop('SIGKILL');
    await stream.text().catch(() => undefined);
    expect((await waiting).status).toBe(502);
    for (const what of ['events', 'result']) {
      expect((await fetch(`${nginx.url}${path}/${what}?token=${token}`)).status).toBe(502);
    }
    await waitFor(async () => (await nginx.served()).filter(({ uri }) => uri.startsWith(path)).length >= 5, {
      what: 'all of them to be logged',
    });
    expect(await nginx.log()).not.toContain('fl_tok_');
  });
});
