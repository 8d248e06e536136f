import { Agent, request } from 'node:http';
import type { Answer } from '../api/fixture.ts';
import { headersIn } from '../api/headers-in.ts';
import type { Sent } from './requests.ts';

/** Longer than any answer to these requests takes, a long poll of a second included. */
const TIMEOUT_MS = 20_000;

/** Sends requests over connections that are kept, as fast as they are answered. */
export type Line = { send(sent: Sent): Promise<Answer>; close(): void };

export function createLine({ url, key, width }: { url: string; key: string; width: number }): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  return {
    close: () => agent.destroy(),
    send: ({ operation, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const sent = request(url, {
          agent,
          method: operation.method,
          path,
          timeout: TIMEOUT_MS,
          headers: {
            ...(operation.scope !== null && { authorization: `Bearer ${key}` }),
            ...(body !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
            ...headers,
          },
        });
        sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
        sent.once('error', reject);
        sent.once('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject).once('end', () => {
            const text = Buffer.concat(chunks).toString();
            const received = headersIn(response);
            const isJson = text !== '' && /json/.test(received.get('content-type') ?? '');
            const answer = { status: response.statusCode ?? 0, headers: received, text };
            resolve({ ...answer, body: isJson ? JSON.parse(text) : null });
          });
        });
        sent.end(body);
      }),
  };
}
