import { decodeHTMLAttribute } from 'entities';

/** A tag as it is written, from its `<` to what follows its `>`. `name` in lower case. */
export type Tag = { name: string; isClosing: boolean; start: number; end: number };

/** Attributes are looked for so far into a tag; what is written behind is nobody's link. */
const ATTRIBUTES_MAX_CHARS = 4_096;

/** The tag at `open`, up to its `>`; one inside a quoted attribute does not end it. `null`: this `<` opens no tag. */
export function readTag(lower: string, open: number): Tag | null {
  const from = /[a-z/!?]/.test(lower.charAt(open + 1)) ? open + 1 : -1;
  if (from === -1) return null;
  const isClosing = lower.charAt(from) === '/';
  const name = /^[a-z0-9]*/.exec(lower.slice(isClosing ? from + 1 : from, from + 20))?.[0] ?? '';
  let at = from;
  for (;;) {
    const [quote, position] = nextOf(lower, at);
    if (position === -1) return { name, isClosing, start: open, end: lower.length };
    if (quote === '>') return { name, isClosing, start: open, end: position + 1 };
    const closing = lower.indexOf(quote, position + 1);
    if (closing === -1) return { name, isClosing, start: open, end: lower.length };
    at = closing + 1;
  }
}

function nextOf(text: string, from: number): [character: string, position: number] {
  for (let position = from; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === '>') return [character, position];
    // A quote opens an attribute's value only after `=`; anywhere else it is a stray apostrophe.
    if ((character === '"' || character === "'") && /=\s*$/.test(text.slice(Math.max(0, position - 8), position))) {
      return [character, position];
    }
  }
  return ['', -1];
}

const ATTRIBUTES = {
  href: /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
  alt: /\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
  start: /\sstart\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
} as const;

/** An attribute's value with its entities decoded; empty where the tag has none. */
export function attributeOf(html: string, tag: Tag, name: keyof typeof ATTRIBUTES): string {
  const [, double, single, bare] = ATTRIBUTES[name].exec(sourceOf(html, tag)) ?? [];
  return decodeHTMLAttribute(double ?? single ?? bare ?? '').trim();
}

const HIDDEN =
  /\s(?:hidden(?=[\s=>/])|aria-hidden\s*=\s*["']?true|style\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden))/i;

/** Whether its content is not shown to a reader. What only a style sheet hides is not known here. */
export function isHidden(html: string, tag: Tag): boolean {
  return HIDDEN.test(sourceOf(html, tag));
}

function sourceOf(html: string, { start, end }: Tag): string {
  return html.slice(start, Math.min(end, start + ATTRIBUTES_MAX_CHARS));
}
