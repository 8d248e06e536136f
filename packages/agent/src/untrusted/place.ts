import { domainToUnicode } from 'node:url';

/** Where an address leads, in the ways a text may write it: without what is never sent, and as it is or as it is read. */
export type Place = { hosts: readonly string[]; paths: readonly string[] };

/** `null`: it is none, or it carries a name or a password. */
export function placeOf(address: string): Place | null {
  const url = URL.parse(address);
  if (!url || url.host === '' || url.username !== '' || url.password !== '') return null;
  const port = url.host.slice(url.hostname.length);
  const hostnames = [url.hostname, domainToUnicode(url.hostname)].filter((name) => name !== '');
  const sent = `${url.pathname}${url.search}`.replace(/\/$/, '');
  const read = decoded(sent);
  return {
    hosts: [...new Set(hostnames.map((name) => `${name.replace(/^www\./, '')}${port}`))],
    // An encoding that nobody would choose says something by itself.
    paths: read !== null && read !== sent && encodeURI(read) === sent ? [sent, read] : [sent],
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURI(text);
  } catch {
    return null;
  }
}

/**
 * Whether a text names a place: whole, and not as the end of another host. What is behind it there may only be further
 * segments of its path, or its query, so that the one who reads a page may go up to the pages above it.
 * @param how `as_written`: capitals of a host count, as they do where a program has written it
 */
export function names(text: string, { hosts, paths }: Place, how: 'as_written' | 'as_read' = 'as_read'): boolean {
  // As JSON may write it.
  const plain = text.includes('\\/') ? text.replaceAll('\\/', '/') : text;
  const searched = how === 'as_written' ? plain : inLowerCase(plain);
  return hosts.some((host) => {
    for (let at = searched.indexOf(host); at !== -1; at = searched.indexOf(host, at + 1)) {
      if (!beginsAt(searched, at)) continue;
      const end = at + host.length;
      if (paths.some((path) => plain.startsWith(path, end) && endsAt(plain, end + path.length))) return true;
    }
    return false;
  });
}

function beginsAt(text: string, at: number): boolean {
  const start = at >= 4 && text.startsWith('www.', at - 4) ? at - 4 : at;
  return !/[\w.-]/.test(text.charAt(start - 1));
}

function endsAt(text: string, end: number): boolean {
  return !/^(?:[\w%=&~+-]|\.\w|:\d)/.test(text.slice(end, end + 2));
}

/** Letter by letter: a few get longer otherwise, and every place behind them would be another. */
function inLowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
