/**
 * A configuration of `infra/` with other addresses: each text is replaced everywhere it is.
 * @throws {Error} for one that is not there any more, since what was tested then would be something else
 */
export function render(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((made, [from, to]) => {
    if (!made.includes(from)) throw new Error(`The configuration does not hold ${JSON.stringify(from)} any more.`);
    return made.replaceAll(from, () => to);
  }, text);
}
