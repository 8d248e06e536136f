/** So many pages above an address, from it upwards, and its host: a path of slashes only would have a thousand. */
const PAGES_ABOVE_MAX = 16;

/**
 * Where an address leads, in one form for all that lead there: without its scheme, `www.`, a last slash and its anchor.
 * Nothing of it is decoded: an encoding that stands nowhere says something by itself. `null`: it is none, or it carries a
 * name or a password.
 */
export function placeOf(address: string): string | null {
  const url = parse(address);
  return url && joined(url, `${url.pathname}${url.search}`);
}

/** The place of an address, and those of the pages above it, so that whoever reads a page may go up from there. */
export function placesFrom(address: string): string[] {
  const url = parse(address);
  if (!url) return [];
  const { pathname, search } = url;
  const places = [joined(url, `${pathname}${search}`)];
  for (let at = pathname.length; at > 0 && places.length <= PAGES_ABOVE_MAX; at = pathname.lastIndexOf('/', at - 1)) {
    places.push(joined(url, pathname.slice(0, at)));
  }
  return [...places, joined(url, '')];
}

function parse(address: string): URL | null {
  const url = URL.parse(address);
  return url && url.host !== '' && url.username === '' && url.password === '' ? url : null;
}

function joined({ host }: URL, path: string): string {
  return `${host.replace(/^www\./, '')}${path.replace(/\/$/, '')}`;
}
