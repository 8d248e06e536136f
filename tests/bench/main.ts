import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readOptions } from './options.ts';
import { toTable, writeResults } from './report.ts';
import type { Bench, Result } from './row.ts';
import { ROWS } from './rows.ts';
import { startServers } from './servers.ts';

/**
 * `npm run bench`: the rows of requirements M, each beside the hand-written alternative, on servers of its own.
 *
 *   --only accept,missions   these rows alone
 *   --backend redis          one queue backend alone
 *   --quick                  everything once and small, in about four minutes
 *   --large                  the in-flight row with 5,000 missions too
 *   --profile <folder>       our processes write CPU profiles there, and Postgres' dearest statements are noted
 */
const RESULTS = join(import.meta.dirname, '../../.results/bench.json');

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const options = readOptions(
  process.argv.slice(2),
  ROWS.map(({ name }) => name),
);
const profileDir = options.profileDir === undefined ? undefined : resolve(options.profileDir);
if (profileDir !== undefined) mkdirSync(profileDir, { recursive: true });
const startedAt = performance.now();
const results: Result[] = [];
const failed: string[] = [];

await using servers = await startServers({ isProfiled: profileDir !== undefined, log });
const bench: Bench = { servers, log, ...options, profileDir };
for (const row of ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name))) {
  log(`— ${row.name} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
  try {
    results.push(...(await row.run(bench)));
    if (profileDir !== undefined) {
      const statements = await servers.takeStatements();
      writeFileSync(join(profileDir, `${row.name}-statements.json`), JSON.stringify(statements, null, 2));
    }
  } catch (error) {
    // The other rows' figures are worth having all the same.
    failed.push(row.name);
    log(`${row.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
writeResults(RESULTS, results);
process.stdout.write(`${toTable(results)}\n`);
log(`${Math.round((performance.now() - startedAt) / 1_000)} s, written to ${RESULTS}`);
if (failed.length > 0) log(`failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
