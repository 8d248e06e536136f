import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from './command-line.ts';
import { playScenario, type Row } from './run-scenario.ts';
import { NotRunError } from './stage/folder.ts';
import { openServers } from './stage/servers.ts';
import { HEADER, toEmptyLine, toLine } from './table.ts';

const RESULTS = join(import.meta.dirname, '../../.results');

/** What came of one scenario on one backend; `not_run`: this machine does not permit what it needs. */
export type Outcome = { kind: 'held' } | { kind: 'failed'; problems: string[] } | { kind: 'not_run'; reason: string };

/** One run of the suite, one scenario after the other: its servers, its table, `.results/chaos.json`. */
export type Suite = AsyncDisposable & { play(part: Part): Promise<Outcome> };

export async function openSuite(options: {
  seed: number;
  isShort: boolean;
  print: (line: string) => void;
  /** What has been played; suites that are played at the same time share it. */
  rows?: Row[];
}): Promise<Suite> {
  const { seed, isShort, print, rows = [] } = options;
  await mkdir(RESULTS, { recursive: true });
  const servers = await openServers();
  print(HEADER);

  async function play({ scenario, backend }: Part): Promise<Outcome> {
    const dir = join(RESULTS, 'chaos', `${scenario.name}-${backend}`);
    try {
      const played = await playScenario(servers, { scenario, backend, seed, dir, isShort });
      const { row, problems, tookSeconds, inFlight, inFlightRepeats } = played;
      rows.push(row);
      print(toLine(row, `${tookSeconds} s, ${inFlight} in flight, ${inFlightRepeats} cut off and made again`));
      for (const problem of problems) print(`    ${problem}`);
      return problems.length === 0 ? { kind: 'held' } : { kind: 'failed', problems };
    } catch (error) {
      if (error instanceof NotRunError) {
        print(toEmptyLine({ scenario: scenario.name, backend }, `not run: ${error.message}`));
        return { kind: 'not_run', reason: error.message };
      }
      const problem = `could not be played: ${String(error)}; see ${dir}`;
      print(toEmptyLine({ scenario: scenario.name, backend }, problem));
      return { kind: 'failed', problems: [problem] };
    }
  }

  return {
    async play(part) {
      const outcome = await play(part);
      writeFileSync(join(RESULTS, 'chaos.json'), `${JSON.stringify(rows, null, 2)}\n`);
      return outcome;
    },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}
