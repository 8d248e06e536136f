const EXCERPT_CHARS = 200;

/** The beginning of a long text, cut by characters, not by halves of them. */
export function excerptOf(text: string): string {
  if (text.length <= EXCERPT_CHARS) return text;
  return `${text
    .slice(0, EXCERPT_CHARS)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}
