/** A fetched page, taken from what the tool shows: heading lines, an empty line, the text. */
export type Page = { status: number | null; contentType: string; text: string; isCut: boolean };

const NOTICE = /\n\[(?:output cut here|the response was longer)[^\n]*$/;

export function readPage(output: string, isCut: boolean): Page {
  const heading = /^HTTP (\d{3})[^\n]*(?:\n[a-z-]+: [^\n]*)*/.exec(output);
  const head = heading?.[0] ?? '';
  const body = output.slice(head.length);
  const text = body.replace(NOTICE, '').replace(NOTICE, '').trim();
  return {
    status: heading ? Number(heading[1]) : null,
    contentType: /\ncontent-type: ([^\n;]*)/.exec(head)?.[1]?.trim() ?? '',
    text,
    isCut: isCut || NOTICE.test(body),
  };
}

/** A line without what marks it as a heading. */
function withoutMark(line: string): string {
  return line.trim().replace(/^#{1,6} /, '');
}

/** The first line of a page: its title, where it is HTML that has one. */
export function titleOf({ text }: Page): string | null {
  const line = withoutMark(text.split('\n', 1)[0] ?? '');
  return line === '' ? null : line;
}

export function countWords({ text }: Page): number {
  return text.match(/[\p{L}\p{N}][^\s]*/gu)?.length ?? 0;
}

/** The first sentences after the title, as far as `maxChars` goes. */
export function beginningOf({ text }: Page, maxChars: number): string {
  const lines = text
    .split('\n')
    .map(withoutMark)
    .filter((line) => line !== '');
  const prose = (lines.length > 1 ? lines.slice(1) : lines).join(' ');
  if (prose.length <= maxChars) return prose;
  const cut = prose.slice(0, maxChars);
  const end = Math.max(cut.lastIndexOf('. '), cut.lastIndexOf('? '), cut.lastIndexOf('! '));
  return end > maxChars / 3
    ? cut.slice(0, end + 1)
    : `${cut.slice(0, cut.lastIndexOf(' ') > 0 ? cut.lastIndexOf(' ') : maxChars)}…`;
}

/** The keys of a JSON object, or how many entries an array has; `null` when it is neither, or is cut. */
export function describeJson({ text, isCut }: Page): string | null {
  if (isCut || !/^[[{]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return `a JSON array of ${value.length} entries`;
    return typeof value === 'object' && value !== null
      ? `a JSON object with the keys ${Object.keys(value).join(', ')}`
      : null;
  } catch {
    return null;
  }
}
