import { createClient } from '@flotilla/client';

/** What `npm start` prints: the API's address and the key of your account. */
export function connect() {
  const { FLOTILLA_API_KEY: apiKey, FLOTILLA_URL: baseUrl = 'http://127.0.0.1:4100' } = process.env;
  if (!apiKey) throw new Error('Set FLOTILLA_API_KEY to the key that npm start prints.');
  return createClient({ apiKey, baseUrl });
}

/** `npm start` lets webhooks and tools reach this port of your machine. */
export const port = Number(process.env.PORT ?? 4180);
