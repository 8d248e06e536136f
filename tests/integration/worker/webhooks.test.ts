import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createLogger, createOutbound, createRedactor, createSecretBox } from '@flotilla/platform';
import { createDeliveryRunner } from '@flotilla/worker/deliver';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { createFixture, type Fixture } from '../db/fixture.ts';

const box = createSecretBox([Buffer.alloc(32, 5).toString('base64')]);
const newSecret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

/** Longer than all that is done beside them may take on a busy machine. */
const HANGS_FOR_MS = 80_000;

type Post = { path: string; headers: Record<string, string>; body: string; at: number };

/** A receiver whose paths may hang, and one worker's deliveries to it: bells in the order they come, so many at once. */
async function openPostOffice(f: Fixture, { slots, timeoutMs }: { slots: number; timeoutMs: number }) {
  const posts: Post[] = [];
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    posts.push({ path: request.url ?? '', headers, body, at: performance.now() });
    if (!request.url?.startsWith('/hangs')) response.writeHead(204).end();
  }
  const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const outbound = createOutbound({ allowLoopbackPorts: [port] });
  const bells: string[] = [];
  let running = 0;
  const deliver = createDeliveryRunner({
    db: f.db,
    queue: { ringAll: async (rung) => ring(rung.flatMap((bell) => (bell.job === 'delivery' ? bell.deliveryId : []))) },
    outbound,
    openSecrets: (sealed) => sealed.map((one) => box.open(one)),
    redactor: createRedactor(),
    logger: createLogger({ service: 'test', level: 'error', format: 'json', write: () => undefined }),
    facts: { deliveryAttempted: () => undefined, fenced: () => undefined },
    traces: { webhook: () => ({ traceparent: null, end: () => undefined }) },
    workerId: () => null,
    slots,
    schedule: [60_000],
    timeoutMs,
  });
  function ring(deliveryIds: readonly string[]): number {
    bells.push(...deliveryIds);
    answer();
    return deliveryIds.length;
  }
  function answer(): void {
    while (running < slots) {
      const deliveryId = bells.shift();
      if (deliveryId === undefined) return;
      running += 1;
      void deliver(deliveryId, new AbortController().signal).finally(() => {
        running -= 1;
        answer();
      });
    }
  }
  return {
    posts,
    ring,
    url: (path: string) => `http://127.0.0.1:${port}/${path}`,
    untilIdle: () =>
      waitFor(() => running === 0 && bells.length === 0, { what: 'the last delivery', timeoutMs: 30_000 }),
    [Symbol.asyncDispose]: async () => {
      outbound.close();
      server.closeAllConnections();
      server.close();
      await waitFor(() => running === 0, { what: 'the deliveries in hand', timeoutMs: 30_000 });
    },
  };
}

async function subscribe(f: Fixture, url: string, secret = newSecret(1)): Promise<string> {
  const endpoint = await f.db.endpoints.create({
    accountId: f.accountId,
    url,
    description: null,
    eventTypes: ['mission.completed'],
    isEnabled: true,
    secret: box.seal(secret),
  });
  if (!endpoint) throw new Error('there is no room for an endpoint');
  return endpoint.id;
}

/** Ends a mission; the deliveries that this owes to these endpoints. */
async function endMission(f: Fixture, endpointIds: readonly string[]): Promise<string[]> {
  const run = await f.newRunning({ endpointId: null });
  await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  const { rows } = await f.sql.query<{ id: string }>(
    'SELECT id FROM deliveries WHERE mission_id = $1 AND endpoint_id = ANY ($2) ORDER BY id',
    [run.missionId, endpointIds],
  );
  return rows.map(({ id }) => id);
}

it('endpoints that hang, however many, hold up no other, nor another account’s new ones', {
  timeout: 2 * HANGS_FOR_MS,
}, async () => {
  const [slots, dead, told, toSlowPerAccount] = [4, 12, 6, 1];
  await using f = await createFixture({ deliveryLimits: { toSlowPerAccount } });
  await using office = await openPostOffice(f, { slots, timeoutMs: HANGS_FOR_MS });
  const well = await subscribe(f, office.url('well'));
  office.ring(await endMission(f, [well]));
  await office.untilIdle();
  const hanging: string[] = [];
  for (let made = 0; made < dead; made++) hanging.push(await subscribe(f, office.url(`hangs/${made}`)));

  // The bells of the dead ones come first, each time.
  for (let mission = 0; mission < told; mission++) {
    const ids = await endMission(f, [...hanging, well]);
    const { rows } = await f.sql.query<{ id: string }>(
      'SELECT id FROM deliveries WHERE id = ANY ($1) ORDER BY endpoint_id = $2, id',
      [ids, well],
    );
    office.ring(rows.map(({ id }) => id));
  }
  const toWell = () => office.posts.filter(({ path }) => path === '/well').length;
  await waitFor(() => toWell() === told + 1, {
    what: 'the endpoint that is well to be told',
    timeoutMs: HANGS_FOR_MS / 2,
  });
  // A test of each takes no more of the slots.
  for (const endpointId of hanging) office.ring(await test(f, endpointId));
  const { id: accountId } = await f.db.accounts.create({ name: 's', tier: 'free', maxRunning: 1, webhookSecret: 'x' });
  const stranger = { ...f, accountId };
  office.ring(await test(stranger, await subscribe(stranger, office.url('new'))));
  office.ring(await endMission(f, [well]));
  await waitFor(
    async () => {
      // Claims that are under way may have left it no place; then the sweep rings it.
      office.ring((await f.db.sweep.wakeDeliveries()).map(({ deliveryId }) => deliveryId));
      return office.posts.some(({ path }) => path === '/new');
    },
    { what: 'the other account’s endpoint to be told', timeoutMs: HANGS_FOR_MS / 2 },
  );
  await waitFor(() => toWell() === told + 2, { what: 'the endpoint that is well', timeoutMs: HANGS_FOR_MS / 2 });
  expect(office.posts.filter(({ path }) => path.startsWith('/hangs'))).toHaveLength(toSlowPerAccount);
});

async function test({ db, accountId }: Fixture, endpointId: string): Promise<string[]> {
  const owed = await db.deliveries.oweTest({ accountId, endpointId, data: {} });
  return owed === null ? [] : [owed.deliveryId];
}

it('while a secret rotates, the published verifier accepts what is sent under either, and then under the new one alone', async () => {
  await using f = await createFixture();
  await using office = await openPostOffice(f, { slots: 4, timeoutMs: 5_000 });
  const [older, newer, stranger] = [newSecret(1), newSecret(2), newSecret(3)];
  const endpointId = await subscribe(f, office.url('well'), older);
  const accepts = (secret: string, { body, headers }: Post) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  };
  async function sendAndVerify(): Promise<boolean[]> {
    const before = office.posts.length;
    office.ring(await endMission(f, [endpointId]));
    await office.untilIdle();
    const [post] = office.posts.slice(before);
    if (!post) throw new Error('nothing was sent');
    expect(JSON.parse(post.body)).toMatchObject({ type: 'mission.completed', data: { status: 'completed' } });
    return [older, newer, stranger].map((secret) => accepts(secret, post));
  }
  expect(await sendAndVerify()).toEqual([true, false, false]);
  const key = { accountId: f.accountId, endpointId };
  await f.db.endpoints.rotateSecret({ ...key, secret: box.seal(newer), previousValidForSeconds: 60 });
  expect(await sendAndVerify()).toEqual([true, true, false]);
  const [, last] = office.posts;
  expect(last?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  await f.sql.query('UPDATE webhook_endpoints SET previous_secret_expires_at = now()');
  expect(await sendAndVerify()).toEqual([false, true, false]);
});
