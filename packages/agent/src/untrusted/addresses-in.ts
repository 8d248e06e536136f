import { INVISIBLE } from './mark.ts';

/** An address that a text names. `isCertain`: it is nothing else, such as the name of a file, or the end of a sentence. */
type NamedAddress = { address: string; isCertain: boolean };

/** Scripts without blanks between words, or around addresses: one ends where they begin. */
const UNSPACED = ['Han', 'Hira', 'Kana', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('');
const LABEL = String.raw`(?:(?![${UNSPACED}])[\p{L}\p{N}_-]){1,63}`;
const LAST_LABEL = String.raw`(?![${UNSPACED}])\p{L}(?:(?![${UNSPACED}])[\p{L}\p{N}-]){1,62}`;
const HOST = String.raw`(?:${LABEL}\.){1,10}${LAST_LABEL}|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]{2,45}\]`;
/**
 * What an address goes on with. No bracket, quotation mark, comma, semicolon, bar or backslash: whatever a text, a table
 * or a program puts behind an address is not part of it, for it may be what nobody else is to know.
 */
const REST = String.raw`(?:(?![${UNSPACED}])[\p{L}\p{M}\p{N}_.~:\/?#@!$&*+=%-])`;

/** With a scheme, without one, or with its two slashes only. Every part is bounded: no text takes longer than its size. */
const addressOf = (rest: string) =>
  new RegExp(
    String.raw`https?:\/\/(?:\[[0-9a-f:.]{2,45}\])?${rest}{1,2000}` +
      String.raw`|(?<!(?![${UNSPACED}])[\p{L}\p{N}._\/-])(?<slashes>\/\/)?(?<bare>(?:${HOST})(?::\d{1,5})?(?:[\/?#]${rest}{0,2000})?)`,
    'giu',
  );
const ADDRESS = addressOf(REST);
const WIDE = addressOf(String.raw`[^\s"<>\\]`);

/** The addresses in a text that a model wrote, as they are called: each once, without its anchor. */
export function addressesIn(text: string): NamedAddress[] {
  const found = new Map<string, NamedAddress>();
  for (const { written, isBare } of find(asRead(text))) {
    const url = URL.parse(written);
    if (!url) continue;
    url.hash = '';
    const isLonger = url.port !== '' || url.pathname !== '/' || url.search !== '';
    const isCertain = !isBare || isLonger || found.get(url.href)?.isCertain === true;
    found.set(url.href, { address: url.href, isCertain });
  }
  return [...found.values()];
}

/** The addresses in a text as they stand there, whoever wrote it, and nothing that may stand behind them. */
export function addressesAsWritten(text: string): string[] {
  return find(asWritten(text)).map(({ written }) => written);
}

/** Whatever may be read out of a text as an address. */
export function addressesPerhaps(text: string): string[] {
  const plain = asWritten(text);
  return [plain, asRead(plain)].flatMap((form) => [
    ...find(form).map(({ written }) => written),
    ...Array.from(form.matchAll(WIDE), ({ 0: whole, groups }) => withScheme(whole, groups?.['bare'])).flatMap(
      (written) => [written, written.replace(/[^\p{L}\p{N}/]+$/u, '')],
    ),
  ]);
}

function find(text: string): { written: string; isBare: boolean }[] {
  return Array.from(text.matchAll(ADDRESS), ({ 0: whole, index, groups = {} }) => {
    const { bare, slashes } = groups;
    const written = endAtSeparator(withScheme(whole, bare), text.charAt(index - 1));
    return { written: written.replace(/[.:!?*_]+$/, ''), isBare: bare !== undefined && slashes === undefined };
  });
}

function withScheme(whole: string, bare: string | undefined): string {
  return bare === undefined ? whole : `https://${bare}`;
}

/** What stands right before an address may stand right behind it too, to keep it apart from what is no part of it. */
function endAtSeparator(written: string, before: string): string {
  const separator = before === '=' ? '&' : before;
  if (separator === '' || !'&:~*+#$@!'.includes(separator)) return written;
  const hostEnd = /^https?:\/\/[^/?#]*/i.exec(written)?.[0].length ?? 0;
  const end = written.indexOf(separator, hostEnd);
  return end === -1 ? written : written.slice(0, end);
}

/** Without the escapes that JSON and HTML put in an address, or around it. */
function asWritten(text: string): string {
  return text
    .replaceAll(/&(?:quot|apos|lt|gt|nbsp|#\d{1,7}|#x[\da-f]{1,6});/gi, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\\{1,4}\//g, '/')
    .replaceAll(/\\{1,4}u0026/g, '&')
    .replaceAll(/\\{1,4}(?:[nrtbf]|u[\da-fA-F]{4})/g, ' ');
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
