/**
 * Many requests at once with the same Idempotency-Key, on three API processes that are killed now and then, over a line
 * on which replies get lost:
 *
 *   npm run test:idempotency [-- --keys N] [--posts N] [--lost SHARE] [--kill-every MS] [--seed N]
 *
 * Exits with 1 unless there is exactly one mission for each key and every answer to a key is the same.
 */
import { parseArgs } from 'node:util';
import { deployMigrations } from '@flotilla/db/migrate';
import { startPostgres } from '@flotilla/embedded';
import { runStorm } from './storm.ts';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000' },
    posts: { type: 'string', default: '50' },
    lost: { type: 'string', default: '0.2' },
    'kill-every': { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const keys = Number(values.keys);
const postsPerKey = Number(values.posts);
const log = (line: string): void => void process.stdout.write(`${line}\n`);

await using postgres = await startPostgres({ log });
const url = new URL(postgres.url);
url.pathname = '/storm';
await deployMigrations({ databaseUrl: url.href });
log(`seed ${values.seed}`);
const startedAt = performance.now();
const report = await runStorm({
  databaseUrl: url.href,
  keys,
  postsPerKey,
  keysAtOnce: 4,
  instances: 3,
  killEveryMs: Number(values['kill-every']),
  killsAtMost: Number.POSITIVE_INFINITY,
  lostShare: Number(values.lost),
  seed: Number(values.seed),
});
const { answers, strange, differing, missions, untold, records, firstAnswerLost, kills, lost, failed } = report;
const seconds = Math.round((performance.now() - startedAt) / 1_000);
log(`${keys} keys, ${postsPerKey} requests at once with each, in ${seconds} s`);
log(`${kills} processes killed, ${lost} replies lost, ${failed} other tries without an answer`);
log(`${answers} answers: ${strange.length} other than 202, ${differing.length} keys with different ones`);
log(`${missions} missions, ${untold} of which nobody was told; ${records} records`);
log(`${firstAnswerLost} missions were stored by a request whose answer nobody had`);
for (const line of [...strange, ...differing].slice(0, 5)) log(line);
const isExact = missions === keys && untold === 0 && records === keys && answers === keys * postsPerKey;
const isRight = isExact && strange.length === 0 && differing.length === 0;
log(isRight ? 'Exactly one mission for each key.' : 'NOT exactly one mission for each key.');
process.exitCode = isRight ? 0 : 1;
