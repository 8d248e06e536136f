import type { Fields } from './kinds.ts';
import { createOptions, plainOptions } from './options.ts';
import type { Check, Rule } from './pass.ts';

type Compile = (schema: unknown) => Rule;

/** The keywords `anyOf` and `allOf`. */
export function alternativeChecks({ anyOf, allOf }: Fields, compile: Compile): Check[] {
  return [
    ...(Array.isArray(anyOf) && anyOf.length > 0 ? [anyOfCheck(anyOf, compile)] : []),
    ...(Array.isArray(allOf) ? allOf.map((schema) => compile(schema).check) : []),
  ];
}

function anyOfCheck(alternatives: readonly unknown[], compile: Compile): Check {
  const rules = rulesOf(alternatives, compile);
  return (value, pass) => {
    pass.spend(rules.length);
    const near = rules.length === 1 ? rules : rules.filter(({ admits }) => admits(value));
    const [only, ...others] = near;
    if (!only) return pass.tell('Invalid input: it is of a kind that no alternative allows');
    // Its problems are what there is to mend.
    if (others.length === 0) return only.check(value, pass);
    const fits = near.some(({ check }) => pass.quietly(() => check(value, pass)));
    return fits || pass.tell('Invalid input: it is valid by none of the alternatives');
  };
}

function rulesOf(alternatives: readonly unknown[], compile: Compile): Rule[] {
  const options: unknown[] = [];
  const rules: Rule[] = [];
  for (const alternative of alternatives) {
    const plain = plainOptions(alternative);
    if (plain) options.push(...plain);
    else rules.push(compile(alternative));
  }
  return options.length > 0 ? [createOptions(options), ...rules] : rules;
}
