import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

export type ReceivedWebhook = { id: string; type: string };

/** A webhook receiver as a customer would write one: what the published verifier does not accept never happened. */
export type Receiver = {
  port: number;
  url: string;
  /** The webhook about this mission; also one that came before it was asked for. */
  next(missionId: string): Promise<ReceivedWebhook>;
  /** Why the newest one that was turned away was. */
  readonly refusal: string | null;
  stop(): Promise<void>;
};

const BODY_MAX_BYTES = 1_000_000;
/** Whoever uses the stack may send missions with this webhook for days; nobody asks after most of them. */
const KEPT = 1_000;

const payloadSchema = z.object({ type: z.string(), data: z.object({ id: z.string() }) });

export async function startReceiver(secret: string): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const received = new Map<string, PromiseWithResolvers<ReceivedWebhook>>();
  let refusal: string | null = null;

  function slotOf(missionId: string): PromiseWithResolvers<ReceivedWebhook> {
    const slot = received.get(missionId) ?? Promise.withResolvers<ReceivedWebhook>();
    received.set(missionId, slot);
    const [oldest] = received.keys();
    if (received.size > KEPT && oldest !== undefined) received.delete(oldest);
    return slot;
  }

  function take(body: string, headers: NodeJS.Dict<string | string[]>): boolean {
    const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    try {
      const { type, data } = payloadSchema.parse(verifier.verify(body, flat));
      slotOf(data.id).resolve({ id: String(headers['webhook-id']), type });
      return true;
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
      if (body.length > BODY_MAX_BYTES) request.destroy();
    });
    request.on('end', () => {
      response.writeHead(request.method === 'POST' && take(body, request.headers) ? 204 : 400).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/webhooks`,
    next: (missionId) => slotOf(missionId).promise,
    get refusal() {
      return refusal;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
