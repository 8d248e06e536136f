import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Bell, NO_USAGE, WEBHOOK_TEST_EVENT } from '@flotilla/core';
import type { ClaimedDelivery, DeliveryResult } from '@flotilla/db';
import { createLogger, createOutbound, createRedactor, type ResolveName } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { createDeliveryRunner } from './deliver.ts';

/** For receivers that are to be given up, and for those that only a busy machine makes slow. */
const SHORT_MS = 300;
const LONG_MS = 12_000;

type Receiver = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

type HowToDeliver = {
  url?: string;
  resolve?: ResolveName;
  timeoutMs?: number;
  waitMs?: number;
  rung?: Bell[];
  counted?: string[];
  isTest?: boolean;
  hasMoved?: boolean;
  logged?: string[];
};

/** One delivery to a receiver on this machine, or to wherever `url` says, and what was recorded of it. */
async function deliverTo(receive: Receiver, how: HowToDeliver = {}) {
  await using server = createServer((request, response) => void receive(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const recorded: DeliveryResult[] = [];
  const outbound = createOutbound({ allowLoopbackPorts: [port], ...(how.resolve && { resolve: how.resolve }) });
  const deliver = createDeliveryRunner({
    db: {
      deliveries: {
        claim: () =>
          Promise.resolve({
            ...CLAIMED,
            ...(how.isTest && { eventType: WEBHOOK_TEST_EVENT, mission: null }),
            url: how.url ?? `http://127.0.0.1:${port}/hook`,
          }),
        record: (result) => {
          recorded.push(result);
          const isSentOn = how.hasMoved === true;
          return Promise.resolve({ endpointId: 'whe_1', wakes: 0, slowRoom: null, disabledBecause: null, isSentOn });
        },
        release: () => Promise.reject(new Error('there is nothing that cannot be signed')),
        wake: () => Promise.resolve([]),
        wakeSlow: () => Promise.resolve([]),
      },
    },
    queue: {
      ringAll: (bells) => {
        how.rung?.push(...bells);
        return Promise.resolve(bells.length);
      },
    },
    outbound,
    openSecrets: () => [],
    redactor: createRedactor(),
    logger: createLogger({ service: 'test', level: 'info', format: 'json', write: (line) => how.logged?.push(line) }),
    facts: { deliveryAttempted: ({ outcome }) => void how.counted?.push(outcome), fenced: () => undefined },
    workerId: () => 'wrk_1',
    slots: 2,
    schedule: [how.waitMs ?? 1_000],
    timeoutMs: how.timeoutMs ?? LONG_MS,
    random: () => 0.5,
    traces: { webhook: () => ({ traceparent: null, end: () => undefined }) },
  });
  await deliver('dlv_1', new AbortController().signal);
  outbound.close();
  server.closeAllConnections();
  const [result] = recorded;
  if (!result) throw new Error('nothing was recorded');
  return result;
}

const CLAIMED: ClaimedDelivery = {
  id: 'dlv_1',
  accountId: 'acc_1',
  attempt: 1,
  tries: 1,
  rings: 4,
  url: '',
  sealedSecrets: [],
  isSlow: false,
  eventType: 'mission.completed',
  eventSequence: 3,
  occurredAt: new Date(),
  now: new Date(),
  traceparent: null,
  data: {},
  mission: { id: 'mis_1', status: 'completed', statusReason: null, output: '', usage: NO_USAGE, metadata: {} },
};

const TOO_LONG = 'the request took too long';
const AGAIN = { next: { kind: 'retry', afterMs: 1_000 } };

it('a webhook is sent to where its endpoint is, and not to where that redirects it', async () => {
  const paths: unknown[] = [];
  const result = await deliverTo((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(paths).toEqual(['/hook']);
  expect(result).toMatchObject({ responseStatus: 307, ...AGAIN });
});

it('an attempt is logged with whose it is, what it is about and how it went', async () => {
  const logged: string[] = [];
  await deliverTo((_, response) => void response.writeHead(204).end(), { logged });
  await expect.poll(() => logged).toHaveLength(1);
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({
    message: 'webhook attempted',
    deliveryId: 'dlv_1',
    missionId: 'mis_1',
    attempt: 1,
    workerId: 'wrk_1',
    accountId: 'acc_1',
    status: 204,
  });
});

it('an attempt that is due again in seconds is rung at its moment, by the bell that the sweep would ring', async () => {
  const rung: Bell[] = [];
  const refuse: Receiver = (_, response) => void response.writeHead(500).end();
  await deliverTo(refuse, { waitMs: 1_000, rung });
  expect(rung).toEqual([]);
  await expect.poll(() => rung, { timeout: LONG_MS }).toEqual([{ job: 'delivery', deliveryId: 'dlv_1', ring: 5 }]);
});

it('an attempt that nothing came of but that its endpoint has moved is rung for where that is now', async () => {
  const rung: Bell[] = [];
  const gone: Receiver = (_, response) => void response.writeHead(410).end();
  const result = await deliverTo(gone, { hasMoved: true, rung });
  expect(result).toMatchObject({ url: expect.stringContaining('/hook'), next: { kind: 'failed', because: 'gone' } });
  await expect.poll(() => rung, { timeout: LONG_MS }).toEqual([{ job: 'delivery', deliveryId: 'dlv_1', ring: 5 }]);
});

it('a test of an endpoint that is not there is over at once, and counts as no delivery that was given up', async () => {
  const counted: string[] = [];
  const none: Receiver = (_, response) => void response.writeHead(404).end();
  const result = await deliverTo(none, { isTest: true, counted });
  expect(result).toMatchObject({ next: { kind: 'failed', because: 'attempts_exhausted' } });
  await deliverTo(none, { counted });
  expect(counted).toEqual(['test', 'retry']);
});

it('an attempt that is due in minutes is left to the sweep', async () => {
  const rung: Bell[] = [];
  const refuse: Receiver = (_, response) => void response.writeHead(500).end();
  // Beyond what a timer can wait for, a timer would ring at once.
  await deliverTo(refuse, { waitMs: 3_000_000_000, rung });
  await sleep(SHORT_MS);
  expect(rung).toEqual([]);
});

describe('a receiver that', () => {
  it.each<[what: string, receive: Receiver, error: string]>([
    ['resets the connection', (request) => void request.socket.destroy(), 'the connection was lost'],
    ['never answers', () => undefined, TOO_LONG],
    ['never ends its headers', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nX-A: 1\r\n'), TOO_LONG],
    ['speaks no HTTP', (request) => void request.socket.end('SSH-2.0\r\n'), 'the response is not valid HTTP'],
    [
      'sends two thousand headers',
      (request) => void request.socket.end(`HTTP/1.1 200 OK\r\n${'X-A: 12345678\r\n'.repeat(2_000)}\r\n`),
      'the response is not valid HTTP',
    ],
  ])('%s is tried again', async (_, receive, error) => {
    const timeoutMs = error === TOO_LONG ? SHORT_MS : LONG_MS;
    expect(await deliverTo(receive, { timeoutMs })).toMatchObject({
      responseStatus: null,
      responseBody: null,
      error,
      ...AGAIN,
    });
  });

  it('answers with a gigabyte has taken it, and a kilobyte of that is kept', async () => {
    const pours: Receiver = async (_, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      while (!response.destroyed) {
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), sleep(50)]);
      }
    };
    expect(await deliverTo(pours)).toMatchObject({
      responseStatus: 200,
      responseBody: 'x'.repeat(1_024),
      next: { kind: 'delivered' },
    });
  });

  it.each<[encoding: string, make: () => string | Buffer, excerpt: string | null]>([
    ['gzip', () => gzipSync(Buffer.alloc(20_000_000, 'x')), null],
    ['gzip', () => 'thanks', null],
    ['gzip, gzip', () => gzipSync(gzipSync('thanks')), null],
    ['zstd', () => 'thanks', null],
    ['UTF-8', () => 'thanks', null],
    ['Identity', () => 'thanks', 'thanks'],
  ])(
    'says that it answers in %s is believed by its status, and nothing is unpacked',
    async (encoding, make, responseBody) => {
      const [body, headers] = [make(), { 'content-encoding': encoding, 'retry-after': '7' }];
      const answer = (status: number) => deliverTo((_, response) => void response.writeHead(status, headers).end(body));
      const said = { responseBody, error: null };
      expect(await answer(200)).toMatchObject({ ...said, responseStatus: 200, next: { kind: 'delivered' } });
      expect(await answer(410)).toMatchObject({ ...said, responseStatus: 410, next: { because: 'gone' } });
      expect(await answer(429)).toMatchObject({ ...said, responseStatus: 429, quietMs: 7_000 });
    },
  );

  it('drips a byte now and then is given up when the time is over', async () => {
    const drips: Receiver = async (_, response) => {
      response.writeHead(200);
      while (!response.destroyed) {
        response.write('x');
        await sleep(50);
      }
    };
    expect(await deliverTo(drips, { timeoutMs: SHORT_MS })).toMatchObject({ error: TOO_LONG, ...AGAIN });
  });

  it('asks for a pause gets it, and so does all else that is owed to it', async () => {
    const busy: Receiver = (_, response) => void response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await deliverTo(busy)).toMatchObject({ quietMs: 7_000, next: { kind: 'retry', afterMs: 7_000 } });
  });

  it('sends a secret back, or a null character, has neither stored', async () => {
    const secret = `whsec_${'A'.repeat(40)}=`;
    const { responseBody } = await deliverTo((_, response) => void response.end(`got ${secret}\0!`));
    expect(responseBody).toBe('got whsec_[redacted]\u{fffd}!');
  });
});

describe('an address inside', () => {
  const none: Receiver = (_, response) => void response.end();

  it.each(['http://127.0.0.1:1/', 'https://169.254.169.254/latest', 'https://[::ffff:7f00:1]/', 'https://10.0.0.1/'])(
    '%s is not called, whatever it was when it was named',
    async (url) => {
      expect(await deliverTo(none, { url })).toMatchObject({ responseStatus: null, ...AGAIN });
    },
  );

  it('is not called under a name that has come to mean it since, or means it too', async () => {
    const answers = [['10.0.0.7'], ['93.184.216.34', '169.254.169.254']];
    for (const addresses of answers) {
      const resolve: ResolveName = async () => addresses.map((address) => ({ address, family: 4 as const }));
      const result = await deliverTo(none, { url: 'https://receiver.example/', resolve });
      expect(result.error).toBe('the host resolves to an address that may not be called');
    }
  });
});
