import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { createRandom } from '../chaos/random.ts';
import { type Answer, createImpatientClient } from './impatient-client.ts';
import { startInstances } from './instances.ts';

export type StormOptions = {
  /** Migrated, and nobody else's. */
  databaseUrl: string;
  keys: number;
  postsPerKey: number;
  /** Keys under way at once. */
  keysAtOnce: number;
  instances: number;
  killEveryMs: number;
  killsAtMost: number;
  lostShare: number;
  seed: number;
};

export type StormReport = {
  answers: number;
  /** What there should be none of: answers that are no 202, keys that were given two answers. */
  strange: string[];
  differing: string[];
  /** Missions there are, and how many of them nobody was ever told of. */
  missions: number;
  untold: number;
  records: number;
  /** Keys whose mission was stored by a request that nobody had the answer of: its process died, or the reply was lost. */
  firstAnswerLost: number;
  kills: number;
  lost: number;
  failed: number;
};

/** Many requests at once with the same key, for many keys, while processes are killed and replies get lost. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { databaseUrl, keys, postsPerKey } = options;
  const random = createRandom(options.seed);
  const { apiKey } = await createOwner(databaseUrl);
  await using instances = await startInstances({
    databaseUrl,
    count: options.instances,
    killEveryMs: options.killEveryMs,
    killsAtMost: options.killsAtMost,
    random,
  });
  const client = createImpatientClient({ instances, apiKey, lostShare: options.lostShare, random });
  const answers = new Map<number, Answer[]>();
  let next = 0;

  async function lane(): Promise<void> {
    while (next < keys) {
      const number = next++;
      const body = JSON.stringify({ goal: `Mission ${number}`, metadata: { number: String(number) } });
      const posts = Array.from({ length: postsPerKey }, () => client.post(body, `key-${number}`));
      answers.set(number, await Promise.all(posts));
    }
  }
  try {
    await Promise.all(Array.from({ length: options.keysAtOnce }, lane));
    await instances.rest();
  } finally {
    client.close();
  }
  return { ...judge(answers), ...(await count(databaseUrl, answers)), kills: instances.kills(), ...client.counts() };
}

function judge(answers: ReadonlyMap<number, readonly Answer[]>) {
  const all = [...answers.values()];
  const strange = all.flat().filter(({ status }) => status !== 202);
  const differing = all.filter((ofKey) => new Set(ofKey.map(({ text }) => text)).size > 1);
  return {
    answers: all.flat().length,
    strange: strange.map(({ status, text }) => `${status} ${text}`),
    differing: differing.map((ofKey) => [...new Set(ofKey.map(({ text }) => text))].join(' | ')),
    firstAnswerLost: all.filter((ofKey) => ofKey.every(({ isReplayed }) => isReplayed)).length,
  };
}

async function count(databaseUrl: string, answers: ReadonlyMap<number, readonly Answer[]>) {
  const told = new Set([...answers.values()].flat().flatMap(({ text }) => /"id":"(mis_\w+)"/.exec(text)?.[1] ?? []));
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const missions = await sql.query<{ id: string }>('SELECT id FROM missions');
    const records = await sql.query('SELECT key FROM idempotency_records');
    return {
      missions: missions.rows.length,
      untold: missions.rows.filter(({ id }) => !told.has(id)).length,
      records: records.rows.length,
    };
  } finally {
    await sql.end();
  }
}

/** Whose missions they are; with room for all of them, also for those that there should not be. */
async function createOwner(databaseUrl: string): Promise<{ apiKey: string }> {
  const db = createDatabase({
    url: databaseUrl,
    poolSize: 1,
    statementTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    applicationName: 'flotilla-storm',
  });
  try {
    const account = await db.accounts.create({
      name: 'storm',
      tier: 'unlimited',
      maxRunning: 1,
      webhookSecret: 'none',
    });
    await db.accounts.setLimits({ accountId: account.id, maxQueued: 1_000_000 });
    const { key } = await db.keys.create({ accountId: account.id, name: 'storm', scopes: ['missions:write'] });
    return { apiKey: key };
  } finally {
    await db.close();
  }
}
