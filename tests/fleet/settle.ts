import { createDatabase } from '@flotilla/db';
import type { MissionView } from '../chaos/stage/client.ts';
import { judge, type Verdict } from '../chaos/verdict.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { Stack } from './stack.ts';

const OVER_WITHIN_MS = 180_000;

/** Waits until no mission and no delivery is left. */
export async function untilOver({ query }: Pick<Stack, 'query'>): Promise<void> {
  await waitFor(
    async () => {
      const [left] = await query<{ missions: number; deliveries: number }>(
        `SELECT (SELECT count(*)::int FROM missions WHERE finished_at IS NULL) AS missions,
                (SELECT count(*)::int FROM deliveries WHERE status = 'pending') AS deliveries`,
      );
      return left?.missions === 0 && left.deliveries === 0;
    },
    { what: 'everything to end', timeoutMs: OVER_WITHIN_MS },
  );
}

/** What the witnesses saw of these missions, and what their client reads of them, once all is over. */
export async function judgeMissions(stack: Stack, accepted: readonly { ref: string; id: string }[]): Promise<Verdict> {
  await untilOver(stack);
  const ends = new Map<string, MissionView | null>();
  const left = [...accepted];
  const readers = Array.from({ length: 10 }, async () => {
    for (let next = left.pop(); next; next = left.pop()) ends.set(next.ref, await read(stack, next.id));
  });
  await Promise.all(readers);
  const refs = new Set(accepted.map(({ ref }) => ref));
  const logs = await Promise.all([stack.models, stack.sink, stack.receiver].map((witness) => witness.read()));
  const lines = logs.flat().filter((line) => !('ref' in line) || refs.has(line.ref));
  return judge({ lines, accepted, ends, mayEnd: ['completed'] });
}

async function read({ nginx, apiKey }: Stack, id: string): Promise<MissionView | null> {
  const response = await fetch(`${nginx.url}/v1/missions/${id}`, { headers: { authorization: `Bearer ${apiKey}` } });
  const text = await response.text();
  return response.status === 200 ? JSON.parse(text) : null;
}

/** Broken rules of the whole database, none is right. */
export async function auditAll({ directUrl }: Pick<Stack, 'directUrl'>): Promise<string[]> {
  const db = createDatabase({
    url: directUrl,
    poolSize: 1,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 5_000,
    applicationName: 'flotilla-fleet',
  });
  try {
    const broken = (await db.audit()).filter(({ count }) => count > 0);
    return broken.map(({ name, count, examples }) => `${name} ${count} (${examples.join(', ')})`);
  } finally {
    await db.close();
  }
}
