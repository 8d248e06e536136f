import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeOut } from '../mutants/mutant.ts';
import { MUTANTS } from '../mutants/mutants.ts';

const ROOT = join(import.meta.dirname, '../..');

// A mutant that finds nothing takes nothing out, and the run that would say so takes an hour.
it.each(MUTANTS)('the guard stands where its mutant looks for it: $name', (mutant) => {
  const original = readFileSync(join(ROOT, mutant.file), 'utf8');
  const mutated = takeOut(mutant, original);
  expect(mutated, `${mutant.file} no longer holds what was to be taken out`).not.toBeNull();
  expect(mutated).not.toBe(original);
});
