import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

export type ReceivedWebhook = { id: string; missionId: string; type: string; verified: boolean; problem: string | null };

/** A webhook receiver as a customer would write one: it keeps nothing that the published verifier does not accept. */
export type Receiver = {
  port: number;
  url: string;
  /** The next webhook about this mission; also one that came before it was asked for. */
  next(missionId: string): Promise<ReceivedWebhook>;
  stop(): Promise<void>;
};

const BODY_MAX_BYTES = 1_000_000;

export async function startReceiver(secret: string): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const received = new Map<string, PromiseWithResolvers<ReceivedWebhook>>();

  function slotOf(missionId: string): PromiseWithResolvers<ReceivedWebhook> {
    const slot = received.get(missionId) ?? Promise.withResolvers<ReceivedWebhook>();
    received.set(missionId, slot);
    return slot;
  }

  function take(body: string, headers: NodeJS.Dict<string | string[]>): ReceivedWebhook | null {
    let payload: { type: string; data: { id: string } };
    try {
      payload = JSON.parse(body);
    } catch {
      return null;
    }
    const webhook = { id: String(headers['webhook-id']), missionId: payload.data.id, type: payload.type };
    const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    try {
      verifier.verify(body, flat);
      return { ...webhook, verified: true, problem: null };
    } catch (error) {
      return { ...webhook, verified: false, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
      if (body.length > BODY_MAX_BYTES) request.destroy();
    });
    request.on('end', () => {
      const webhook = request.method === 'POST' ? take(body, request.headers) : null;
      response.writeHead(webhook?.verified ? 204 : 400).end();
      if (webhook) slotOf(webhook.missionId).resolve(webhook);
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
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
