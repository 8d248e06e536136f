/**
 * Takes the guards out, one at a time, in a copy of the tree, and shows that the tests notice each.
 * `npm run test:mutants` for all, `npm run test:mutants -- WORD …` for those whose names hold one of the words, and
 * `npm run test:mutants -- --shard=1/4` for the first quarter: all of them take more than an hour.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@flotilla/embedded';
import { type Mutant, takeOut } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { copyTree, type Tree } from './tree.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Short runs, and no shrinking: it is enough to know that a test went red. */
const QUICK = { PROPERTY_RUNS: '15', PROPERTY_SHRINK: '0' };

async function tryMutant(tree: Tree, mutant: Mutant, env: NodeJS.ProcessEnv): Promise<'red' | 'green' | 'broken'> {
  const path = join(tree.dir, mutant.file);
  const original = readFileSync(path, 'utf8');
  const mutated = takeOut(mutant, original);
  if (mutated === null) {
    say(`GONE   ${mutant.name}: ${mutant.file} no longer holds what was to be taken out`);
    return 'broken';
  }
  writeFileSync(path, mutated);
  try {
    const { isGreen, failed, output } = await tree.test(mutant.tests, env, ['--bail=1']);
    if (isGreen) {
      say(`GREEN  ${mutant.name}: survived ${mutant.tests.join(', ')}`);
      return 'green';
    }
    if (failed.length === 0) {
      say(`BROKEN ${mutant.name}: no test failed, the run did\n${output.slice(-2_000)}`);
      return 'broken';
    }
    say(`red    ${mutant.name}`);
    for (const name of failed) say(`         ${name}`);
    return 'red';
  } finally {
    writeFileSync(path, original);
  }
}

/** Those in one of so many equal parts, and all where no part is asked for. */
function inShard(mutants: readonly Mutant[], shard = '1/1'): Mutant[] {
  const [part = 0, parts = 0] = shard.split('/').map(Number);
  if (!(part >= 1 && part <= parts)) throw new Error(`--shard=${shard}: it has to be a part and their number, as 1/4`);
  return mutants.slice(((part - 1) * mutants.length) / parts, (part * mutants.length) / parts);
}

async function main(args: string[]): Promise<number> {
  const { values, positionals: words } = parseArgs({
    args,
    allowPositionals: true,
    options: { shard: { type: 'string' } },
  });
  const named = MUTANTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const chosen = inShard(named, values.shard);
  using tree = copyTree(join(import.meta.dirname, '../..'));
  await using postgres = await startPostgres({ log: say });
  const env = { ...QUICK, TEST_DATABASE_URL: postgres.url };
  const unbroken = await tree.test([...new Set(chosen.flatMap(({ tests }) => tests))], env);
  if (!unbroken.isGreen) {
    say(`The tests are red without any mutant: ${unbroken.failed.join('; ')}\n${unbroken.output.slice(-20_000)}`);
    return 1;
  }
  const verdicts: string[] = [];
  for (const mutant of chosen) verdicts.push(await tryMutant(tree, mutant, env));
  const red = verdicts.filter((verdict) => verdict === 'red').length;
  say(`${red} of ${chosen.length} mutants turned a test red`);
  return chosen.length > 0 && red === chosen.length ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
