import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLES } from '../api/contract/examples.ts';
import { createJudge, type Judge } from '../api/contract/judge.ts';
import { type OpenApi, operationsIn } from '../api/contract/operations.ts';
import { createWorld } from '../api/contract/world.ts';
import { type Answer, type Api, startApi } from '../api/fixture.ts';
import { createLine, type Line } from './line.ts';
import { type Base, requestsFor, type Sent } from './requests.ts';

/*
 * Requests with one thing in them that does not belong there, made from the API's document and from the examples that it
 * is held to. `npm run test:fuzz -- --requests 200000` sends more of them; a failure prints the seed that it came with,
 * and `-- --seed N` sends the same again.
 */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 600);
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const TOGETHER = Math.min(200, Math.ceil(REQUESTS / 10));
const WIDTH = 12;
/** Far below what a machine with other things to do manages. */
const REQUESTS_PER_SECOND = 20;
const TRIES_MAX = 20;
/** What is turned away at the door is not looked at. */
const NO_LIMITS = {
  ADDRESS_RATE_LIMIT: '1000000',
  KEY_RATE_LIMITS: 'paid=999999',
  ACCOUNT_RATE_LIMITS: 'paid=999999',
  SHED_LOOP_DELAY_MS: '60000',
};
/** Enough to see what is wrong. */
const COMPLAINTS_MAX = 20;

let api: Api;
let line: Line;
let judge: Judge;
let wrong: fc.Arbitrary<Sent>;
let strange: fc.Arbitrary<Sent>;
beforeAll(async () => {
  api = await startApi(async (env) => ({ ...env, ...NO_LIMITS }));
  await api.sql.query('UPDATE accounts SET max_queued = 1000000000');
  const document: OpenApi = JSON.parse((await api.call('GET', '/openapi.json', { key: null })).text);
  const world = createWorld(api);
  const bases: Base[] = [];
  for (const operation of operationsIn(document)) {
    const examples = (await EXAMPLES[operation.name]?.(world)) ?? [];
    // A key of its own would be lost, and what was done once is known already.
    const taken = examples.filter(({ answers, key }) => typeof answers === 'number' && key === undefined);
    for (const example of taken) bases.push({ operation, example });
  }
  wrong = requestsFor(document, bases, true);
  strange = requestsFor(document, bases, false);
  judge = createJudge(document);
  line = createLine({ url: api.url, key: api.key, width: WIDTH });
});
afterAll(async () => {
  line.close();
  await api[Symbol.asyncDispose]();
});

const tally = new Map<string, number>();

/** The answer to a request: not the first one, where the API says that a busy machine keeps it from its database. */
async function answerTo(sent: Sent): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await line.send(sent);
    if (answer.status !== 503 || tries === TRIES_MAX) return answer;
    tally.set('503, and asked again', (tally.get('503, and asked again') ?? 0) + 1);
    await sleep(1_000);
  }
}

/** What is wrong with the answer to a request. */
async function complaintsAbout(sent: Sent): Promise<string[]> {
  const shown = `${sent.operation.name}, ${sent.what}: ${sent.path.slice(0, 300)} ${JSON.stringify(sent.headers)} ${sent.body?.slice(0, 500)}`;
  try {
    const answer = await answerTo(sent);
    tally.set(`${answer.status}`, (tally.get(`${answer.status}`) ?? 0) + 1);
    const complaints = judge(sent.operation, answer);
    if (answer.status >= 500) complaints.push(`answered ${answer.status}`);
    if (sent.isWrong && (answer.status < 400 || answer.status >= 500)) complaints.push(`took it: ${answer.status}`);
    return complaints.map((complaint) => `${shown}\n${complaint}`);
  } catch (error) {
    return [`${shown}\n${String(error)}`];
  }
}

async function countRows(): Promise<string> {
  const { rows } = await api.sql.query<{ counts: string }>(
    `SELECT string_agg(tablename || '=' || (xpath('/row/n/text()',
       query_to_xml(format('SELECT count(*) AS n FROM %I', tablename), false, true, '')))[1]::text, ' ' ORDER BY tablename)
       AS counts FROM pg_tables WHERE schemaname = 'public'`,
  );
  return rows[0]?.counts ?? '';
}

/** Sends a chunk, and says what was wrong with its answers, or with what they left behind. */
async function play({ isWrong, requests }: { isWrong: boolean; requests: Sent[] }): Promise<string[]> {
  const before = isWrong ? await countRows() : '';
  const complaints = (await Promise.all(requests.map(complaintsAbout))).flat();
  const after = isWrong ? await countRows() : '';
  return before === after ? complaints : [...complaints, `something was stored:\n${before}\n${after}`];
}

it('answers no request with a fault of its own, stores nothing of one that it refuses, and lives on', {
  timeout: 60_000 + (REQUESTS / REQUESTS_PER_SECOND) * 1_000,
}, async () => {
  process.stdout.write(`fuzz: --requests ${REQUESTS} --seed ${SEED}\n`);
  const sizes = { minLength: TOGETHER / 2, maxLength: TOGETHER, size: 'max' } as const;
  const chunkOf = (isWrong: boolean, request: fc.Arbitrary<Sent>) =>
    fc.record({ isWrong: fc.constant(isWrong), requests: fc.array(request, sizes) });
  const [refused, perhapsTaken] = [chunkOf(true, wrong), chunkOf(false, strange)];
  const complaints: string[] = [];
  let count = 0;
  for (let round = 0; count < REQUESTS && complaints.length < COMPLAINTS_MAX; round++) {
    // One in four by turns: drawn, a short run might have next to none of them.
    const [drawn] = fc.sample(round % 4 === 3 ? perhapsTaken : refused, { seed: SEED + round, numRuns: 1 });
    if (!drawn) continue;
    complaints.push(...(await play(drawn)));
    count += drawn.requests.length;
  }
  const statuses = [...tally].map(([status, times]) => `${times} × ${status}`);
  process.stdout.write(`fuzz: ${count} requests: ${statuses.join(', ')}\n`);
  expect(complaints.slice(0, COMPLAINTS_MAX)).toEqual([]);
  expect((await api.call('GET', '/readyz', { key: null })).status).toBe(200);
  // Or it would have shown nothing of what is taken, or of what is refused.
  const taken = [...tally].filter(([status]) => status < '400').reduce((sum, [, times]) => sum + times, 0);
  expect(taken).toBeGreaterThan(count / 100);
  expect(count - taken).toBeGreaterThan(count / 3);
});
