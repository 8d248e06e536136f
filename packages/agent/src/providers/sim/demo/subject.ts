const QUOTATION = /^(?:"([^"]*)"|“([^”]*)”|«([^»]*)»|['‘]([\s\S]*)['’]|`([^`]*)`|```\w*\n?([\s\S]*?)```)$/;
const LABEL =
  /^(?:the |this )?(?:following )?(?:(?:string|word|text|sentence|phrase|name|line|letters|characters|words|order)(?: of| in)?(?: the (?:string|word|text|sentence|phrase))?)[:,]? /i;
const SHOWN_CHARS = 60;

/**
 * The text a task is about: what is in quotation marks, or a bare word; several bare words only after "the sentence"
 * or the like, since "the alphabet" is not the text it means.
 */
export function subjectOf(words: string): string | null {
  const label = LABEL.exec(words)?.[0] ?? '';
  const rest = words.slice(label.length).trim();
  const quotation = QUOTATION.exec(rest)
    ?.slice(1)
    .find((part) => part !== undefined);
  if (quotation !== undefined) return quotation === '' ? null : quotation;
  if (/["“”`\n]/.test(rest)) return null;
  const isUsable = label === '' ? /^[\p{L}\d_-]{2,60}$/u.test(rest) && !isPronoun(rest) : rest !== '';
  return isUsable ? rest : null;
}

function isPronoun(word: string): boolean {
  return /^(?:it|this|that|them|these|those|each|all|everything|something|there|here)$/i.test(word);
}

/** A text in quotation marks, a long one shortened. */
export function quoted(text: string): string {
  return `“${text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text}”`;
}
