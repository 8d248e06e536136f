import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

const payload = z.object({ timestamp: z.iso.datetime(), data: z.object({ id: z.string() }) });

/** One POST that arrived. `occurredAt`: when its event was, by this machine's clock; `lateMs`: how long before. */
export type Arrival = {
  webhookId: string;
  missionId: string;
  isVerified: boolean;
  isTaken: boolean;
  occurredAt: number;
  lateMs: number;
};

export type Receiver = AsyncDisposable & {
  port: number;
  arrivals: readonly Arrival[];
  /** Refuses connections from now on, those that are open with them. */
  die(): Promise<void>;
  /** Listens again, on the port it had. */
  comeBack(): Promise<void>;
};

/** How long a receiver takes over each. */
const TAKES_MS = 2;

/** A receiver as a customer has one: what the published verifier does not accept it refuses. */
export async function startReceiver(options: { secret: string; refuses: () => boolean }): Promise<Receiver> {
  const verifier = new Webhook(options.secret);
  const arrivals: Arrival[] = [];
  let port = 0;
  let server = await listen();

  function isVerified(body: string, headers: NodeJS.Dict<string | string[]>): boolean {
    try {
      verifier.verify(body, Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])));
      return true;
    } catch {
      return false;
    }
  }

  async function listen(): Promise<Server> {
    const listening = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => void answer());
      async function answer(): Promise<void> {
        const { timestamp, data } = payload.parse(JSON.parse(body));
        const verified = isVerified(body, request.headers);
        const isTaken = verified && !options.refuses();
        const webhookId = String(request.headers['webhook-id']);
        const occurredAt = Date.parse(timestamp);
        const lateMs = Date.now() - occurredAt;
        arrivals.push({ webhookId, missionId: data.id, isVerified: verified, isTaken, occurredAt, lateMs });
        await sleep(TAKES_MS);
        response.writeHead(isTaken ? 204 : 500).end();
      }
    });
    listening.listen(port, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
    port = address.port;
    return listening;
  }

  async function die(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
  return {
    get port() {
      return port;
    },
    arrivals,
    die,
    async comeBack() {
      server = await listen();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
