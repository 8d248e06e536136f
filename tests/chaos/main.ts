import { type Command, readCommandLine, USAGE } from './command-line.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { type Outcome, openSuite } from './suite.ts';

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

/** @returns whether everything that could be played held */
async function play(options: Extract<Command, { kind: 'play' }>): Promise<boolean> {
  print(`seed ${options.seed}; replay with: ${options.replay}`);
  const counts: Record<Outcome['kind'], number> = { held: 0, failed: 0, not_run: 0 };
  {
    await using suite = await openSuite({ ...options, print });
    for (const part of options.parts) counts[(await suite.play(part)).kind] += 1;
  }
  const notRun = counts.not_run > 0 ? `, ${counts.not_run} not run on this machine` : '';
  print(`${counts.held} held, ${counts.failed} failed${notRun}`);
  if (counts.failed > 0) print('Logs of witnesses and processes: .results/chaos');
  return counts.failed === 0 && counts.held > 0;
}
