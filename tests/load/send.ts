import { Agent, request } from 'node:http';

export type Request = {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** On a connection of its own, and none that lay idle: the server may have closed that meanwhile. */
  isFresh?: boolean;
};
/** `status` 0: no answer came, and `text` says why. */
export type Answer = { status: number; text: string; retryAfter: string | null };
export type Sender = { send(request: Request): Promise<Answer>; close(): void };

const TIMEOUT_MS = 30_000;

/** A client that writes down whatever it is answered, and asks once. */
export function createSender(options: { url: string; apiKey: string; sockets: number }): Sender {
  const { url, apiKey, sockets } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  return {
    send({ method, path, headers = {}, body = '', isFresh = false }) {
      const own = {
        authorization: `Bearer ${apiKey}`,
        ...(body !== '' && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      };
      return new Promise((resolve) => {
        const fail = (error: Error) => resolve({ status: 0, text: error.message, retryAfter: null });
        const by = { agent: isFresh ? false : agent, method, timeout: TIMEOUT_MS, headers: own };
        const sent = request(`${url}${path}`, by, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          const retryAfter = response.headers['retry-after'] ?? null;
          response
            .once('error', fail)
            .once('end', () => resolve({ status: response.statusCode ?? 0, text, retryAfter }));
        });
        sent.once('error', fail).once('timeout', () => sent.destroy(new Error('no answer came')));
        sent.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
