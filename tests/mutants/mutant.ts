/**
 * One guard taken out: every place where `find` stands in `file` becomes `replace`, and one of `tests` must go red.
 * `find` is a list where the same thing is said twice and either alone would hold; all of it has to be there.
 */
export type Mutant = { name: string; file: string; find: string | string[]; replace: string; tests: string[] };
