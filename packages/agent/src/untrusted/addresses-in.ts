import { INVISIBLE } from './mark.ts';

/** An address that a text names. `isCertain`: it is nothing else, such as the name of a file, or the end of a sentence. */
type NamedAddress = { address: string; isCertain: boolean };

const LABEL = String.raw`[\p{L}\p{N}_-]{1,63}`;
const HOST = String.raw`(?:${LABEL}\.){1,10}\p{L}[\p{L}\p{N}-]{1,62}|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]{2,45}\]`;
const REST = String.raw`[^\s"'<>()[\]{}${'`'}]`;
/** With a scheme, without one, or with its two slashes only. Every part is bounded: no text takes longer than its size. */
const ADDRESS = new RegExp(
  String.raw`https?:\/\/(?:\[[0-9a-f:.]{2,45}\])?${REST}{1,2000}` +
    String.raw`|(?<![\p{L}\p{N}._\/-])(?<slashes>\/\/)?(?<bare>(?:${HOST})(?::\d{1,5})?(?:[\/?#]${REST}{0,2000})?)`,
  'giu',
);

/** The addresses in a text that a model wrote, as they are called: each once, without its anchor. */
export function addressesIn(text: string): NamedAddress[] {
  const found = new Map<string, NamedAddress>();
  for (const { 0: whole, groups = {} } of asRead(text).matchAll(ADDRESS)) {
    const { bare, slashes } = groups;
    const written = (bare === undefined ? whole : `https://${bare}`).replace(/[.,;:!?*_]+$/, '');
    const url = URL.parse(written);
    if (!url) continue;
    url.hash = '';
    const isLonger = url.port !== '' || url.pathname !== '/' || url.search !== '';
    const isCertain = bare === undefined || slashes !== undefined || isLonger;
    found.set(url.href, { address: url.href, isCertain: isCertain || found.get(url.href)?.isCertain === true });
  }
  return [...found.values()];
}

/** As a model would read it that was to: other forms of letters, what nobody sees, and blanks after a scheme. */
function asRead(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(INVISIBLE, '')
    .replaceAll(/[\u00ad\u200c\u200d]/g, '')
    .replaceAll('\\', '/')
    .replaceAll(/\b(https?)\s{0,9}:\s{0,9}\/\s{0,9}\/\s{0,9}/gi, '$1://');
}
