import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How often each asks something, so that it is no connection in name only. */
const ASKS_EVERY_MS = 5_000;
/** Each costs both ends thousands of hashes. */
const CONNECTED_AT_ONCE = 20;

export type Crowd = AsyncDisposable & {
  size: number;
  answered(): number;
  failed(): string[];
};

/** So many more clients of a pooler, each with a statement now and then. */
export async function gatherCrowd({ url, size }: { url: string; size: number }): Promise<Crowd> {
  const clients: pg.Client[] = [];
  const failures: string[] = [];
  let answered = 0;
  const leaving = new AbortController();

  async function join(): Promise<void> {
    while (clients.length < size) {
      const client = new pg.Client({ connectionString: url, query_timeout: 20_000 });
      client.on('error', (error) => failures.push(error.message));
      clients.push(client);
      await client.connect();
    }
  }
  await Promise.all(Array.from({ length: CONNECTED_AT_ONCE }, join));

  async function ask(client: pg.Client, index: number): Promise<void> {
    await sleep((index / size) * ASKS_EVERY_MS, undefined, { signal: leaving.signal }).catch(() => undefined);
    while (!leaving.signal.aborted) {
      try {
        await client.query('SELECT $1::int AS one', [index]);
        answered += 1;
      } catch (error) {
        failures.push(String(error));
      }
      await sleep(ASKS_EVERY_MS, undefined, { signal: leaving.signal }).catch(() => undefined);
    }
  }
  const asking = Promise.all(clients.map(ask));

  return {
    size,
    answered: () => answered,
    failed: () => failures,
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await asking;
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}
