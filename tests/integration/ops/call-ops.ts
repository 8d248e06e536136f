import { type IncomingHttpHeaders, request } from 'node:http';

export const ADMIN_KEY = 'the-operators-key-of-this-test';

export type OpsAnswer = { status: number; contentType: string; headers: IncomingHttpHeaders; text: string };

export async function callOps(
  url: string,
  options: { method?: string; key?: string | null; headers?: Record<string, string | string[]>; body?: unknown } = {},
): Promise<OpsAnswer> {
  const { method = 'GET', key = ADMIN_KEY, headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent: false,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
    });
    sent.once('error', reject).once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          headers: response.headers,
          text,
        }),
      );
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
