import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, readCommandLine, USAGE } from './command-line.ts';
import { playScenario, type Row } from './run-scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { openPostgres } from './stage/postgres.ts';
import { openRedis } from './stage/redis.ts';
import { HEADER, toLine } from './table.ts';

const RESULTS = join(import.meta.dirname, '../../.results');
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const command = readCommandLine(process.argv.slice(2), SCENARIOS);
switch (command.kind) {
  case 'help':
    print(USAGE);
    break;
  case 'list':
    for (const { name, about, backends } of SCENARIOS) print(`${name.padEnd(30)} ${about} (${backends.join(', ')})`);
    break;
  case 'play':
    process.exitCode = (await play(command)) ? 0 : 1;
}

/** @returns whether everything held */
async function play({ parts, seed, isShort }: Extract<Command, { kind: 'play' }>): Promise<boolean> {
  print(`seed ${seed}; replay with: npm run test:chaos -- --seed ${seed}`);
  await mkdir(RESULTS, { recursive: true });
  await using postgres = await openPostgres();
  await using redis = await openRedis();
  const rows: Row[] = [];
  let held = true;
  print(HEADER);
  for (const { scenario, backend } of parts) {
    const dir = join(RESULTS, 'chaos', `${scenario.name}-${backend}`);
    try {
      const played = await playScenario({ postgres, redis }, { scenario, backend, seed, dir, isShort });
      rows.push(played.row);
      print(toLine(played.row, `${played.tookSeconds} s, ${played.inFlightRepeats} in flight made again`));
      for (const problem of played.problems) print(`    ${problem}`);
      held &&= played.problems.length === 0;
    } catch (error) {
      held = false;
      print(`${scenario.name.padEnd(30)} ${backend.padEnd(9)} could not be played: ${String(error)}; see ${dir}`);
    }
    await writeFile(join(RESULTS, 'chaos.json'), `${JSON.stringify(rows, null, 2)}\n`);
  }
  print(
    held ? `${rows.length} scenarios held` : 'NOT everything held; logs of witnesses and processes: .results/chaos',
  );
  return held && rows.length === parts.length;
}
