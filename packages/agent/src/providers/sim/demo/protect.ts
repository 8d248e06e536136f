/**
 * What must not be taken apart: code, quotations, addresses and brackets are replaced by one private-use character
 * each, so that splitting sees neither their commas nor their full stops, and put back afterwards.
 */
const FIRST_MARK = 0xe000;
const LAST_MARK = 0xf8ff;
const MARKS = /[\ue000-\uf8ff]/g;
const SPANS: readonly RegExp[] = [
  /```[\s\S]*?```/g,
  /`[^`\n]+`/g,
  /https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]]/gi,
  /"[^"]*"|“[^”]*”|«[^»]*»/g,
  // Bounded, since a text full of apostrophes would be read to its end from each of them. A single quote opens only where no letter is before it: "what's" and "r's" are not quotations.
  /(?<![\p{L}\d])['‘](?:[^'’\n]|['’](?=\p{L})){0,500}['’](?!\p{L})/gu,
  /\([^()]*\)/g,
  /\[[^[\]]*\]/g,
  /\{[^{}]*\}/g,
  /\([^()]*\)/g,
  // Code after "run this JavaScript:" goes to the end of its line.
  /\b(?:javascript|js|code|snippet|script)(?: code| snippet)?:[ \t]*[^\s\ue000-\uf8ff][^\n]*/gi,
];

export type Protected = { text: string; restore(part: string): string };

export function protect(original: string): Protected {
  const spans: string[] = [];
  const text = SPANS.reduce(
    (current, span) =>
      current.replace(span, (found) => {
        if (FIRST_MARK + spans.length > LAST_MARK) return found;
        spans.push(found);
        return String.fromCharCode(FIRST_MARK + spans.length - 1);
      }),
    original.replace(MARKS, ' '),
  );
  // A bracket may hold a quotation; what is inside was put away first, so it always has the lower number.
  const restore = (part: string): string =>
    part.replace(MARKS, (mark) => restore(spans[mark.charCodeAt(0) - FIRST_MARK] ?? ''));
  return { text, restore };
}
