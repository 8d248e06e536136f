/**
 * One guard taken out: every place where `find` stands in `file` becomes `replace`, and one of `tests` must go red.
 * `find` is a list where the same thing is said twice and either alone would hold; all of it has to be there.
 */
export type Mutant = { name: string; file: string; find: string | string[]; replace: string; tests: string[] };

/** The file without its guard, or `null` where a text that was to be taken out is gone from it. */
export function takeOut({ find, replace }: Pick<Mutant, 'find' | 'replace'>, original: string): string | null {
  const finds = [find].flat();
  if (!finds.every((text) => original.includes(text))) return null;
  return finds.reduce((text, found) => text.replaceAll(found, () => replace), original);
}
