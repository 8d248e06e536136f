/**
 * A number that a source calls by a name, as `const NAME = 1_000;`.
 * @throws {Error} when none of them does any more
 */
export function readConstant(name: string, ...sources: string[]): number {
  for (const source of sources) {
    const [, digits] = new RegExp(`^(?:export )?const ${name} = ([\\d_]+);`, 'm').exec(source) ?? [];
    if (digits !== undefined) return Number(digits.replaceAll('_', ''));
  }
  throw new Error(`There is no constant ${name} any more: teach the checks to find it.`);
}
