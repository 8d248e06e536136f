const LINK_CHARACTER = String.raw`[^\s\p{C}"<>\\()]`;
/**
 * Where our own tools put a whole address, whatever is in it: commas and brackets as well. What they bring is public, so
 * there is nothing behind an address that a stranger's own would lead away.
 */
const LINKS: ReadonlyMap<string, RegExp> = new Map([
  [
    'http_fetch',
    new RegExp(
      // Where a redirect leads, in the heading only; and the links of a page.
      String.raw`(?<![^])HTTP \d{3}\nurl: \S+\nlocation: (\S+)\n` +
        String.raw`|\]\((https?:\/\/(?:${LINK_CHARACTER}|\(${LINK_CHARACTER}{0,200}\)){1,2000})\)`,
      'gu',
    ),
  ],
  ['web_search', /^(https?:\/\/\S+)$/gm],
]);

/** The links in what one of our tools has brought, each of which is an address as a whole. */
export function linksIn(toolName: string, text: string): string[] {
  const pattern = LINKS.get(toolName);
  return pattern ? Array.from(text.matchAll(pattern), ([, one, other]) => one ?? other ?? '') : [];
}
