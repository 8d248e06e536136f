/**
 * Takes the guards out, one at a time, in a copy of the tree, and shows that the tests notice each.
 * `npm run test:mutants` for all, `npm run test:mutants -- WORD …` for those whose names hold one of the words, and
 * `npm run test:mutants -- --list` to see at once whose text is gone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '@flotilla/embedded';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { copyTree, type Tree } from './tree.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Short runs, and no shrinking: it is enough to know that a test went red. */
const QUICK = { PROPERTY_RUNS: '15', PROPERTY_SHRINK: '0' };

/** The file without its guard, or `null` where a text that was to be taken out is gone from it. */
function mutate(mutant: Mutant, original: string): string | null {
  const finds = [mutant.find].flat();
  if (!finds.every((find) => original.includes(find))) {
    say(`GONE   ${mutant.name}: ${mutant.file} no longer holds what was to be taken out`);
    return null;
  }
  return finds.reduce((text, find) => text.replaceAll(find, () => mutant.replace), original);
}

async function tryMutant(tree: Tree, mutant: Mutant, env: NodeJS.ProcessEnv): Promise<'red' | 'green' | 'broken'> {
  const path = join(tree.dir, mutant.file);
  const original = readFileSync(path, 'utf8');
  const mutated = mutate(mutant, original);
  if (mutated === null) return 'broken';
  writeFileSync(path, mutated);
  try {
    const { isGreen, failed, output } = await tree.test(mutant.tests, env);
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

const ROOT = join(import.meta.dirname, '../..');

function list(mutants: readonly Mutant[]): number {
  const held = mutants.filter((mutant) => mutate(mutant, readFileSync(join(ROOT, mutant.file), 'utf8')) !== null);
  say(`${held.length} of ${mutants.length} guards stand where their mutants look for them`);
  return held.length === mutants.length ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--list')) return list(MUTANTS);
  const chosen = MUTANTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  using tree = copyTree(ROOT);
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
