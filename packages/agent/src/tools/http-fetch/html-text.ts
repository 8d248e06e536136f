import { decodeEntities } from './entities.ts';

/** Elements whose content is nothing to read. */
const SILENT = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'object', 'canvas', 'head']);
const PARAGRAPH = new Set(
  (
    'address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hr html li main nav ol p pre section summary table tbody thead tr ul'
  ).split(' '),
);

type Tag = { name: string; isClosing: boolean; end: number };

/**
 * The readable text of a page: markup, scripts and styles gone, paragraphs on lines of their own, list items marked.
 * One pass from left to right that never looks back, so that no page, however broken or malicious, takes longer than
 * its size.
 */
export function htmlToText(html: string): string {
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const title = titleOf(html, lower);
  const parts: string[] = [];
  const unclosed = new Set<string>();
  let position = 0;
  let isPreformatted = false;

  while (position < html.length) {
    const open = html.indexOf('<', position);
    const textEnd = open === -1 ? html.length : open;
    const written = html.slice(position, textEnd);
    parts.push(isPreformatted ? written : written.replace(/\s+/g, ' '));
    if (open === -1) break;

    if (html.startsWith('<!--', open)) {
      position = after(html, '-->', open + 4);
      continue;
    }
    const tag = readTag(lower, open);
    if (!tag) {
      // A lone `<` is text.
      parts.push('<');
      position = open + 1;
      continue;
    }
    position = tag.end;
    if (SILENT.has(tag.name) && !tag.isClosing && !unclosed.has(tag.name)) {
      const close = lower.indexOf(`</${tag.name}`, tag.end);
      // Looked for in vain once, it is not looked for again: a page of nothing but `<head>` would cost its size squared.
      if (close === -1) unclosed.add(tag.name);
      else position = close;
    }
    if (tag.name === 'pre') isPreformatted = !tag.isClosing;
    parts.push(spacingOf(tag));
  }
  const text = tidy(decodeEntities(parts.join('')));
  return title && !text.startsWith(title) ? `${title}\n\n${text}` : text;
}

function titleOf(html: string, lower: string): string {
  const open = lower.indexOf('<title');
  const start = open === -1 ? -1 : lower.indexOf('>', open) + 1;
  const end = start > 0 ? lower.indexOf('</title', start) : -1;
  return end === -1 ? '' : tidy(decodeEntities(html.slice(start, end).replace(/\s+/g, ' ')));
}

function spacingOf({ name, isClosing }: Tag): string {
  if (name === 'br') return '\n';
  if (name === 'li' && !isClosing) return '\n- ';
  if (name === 'td' || name === 'th') return isClosing ? ' | ' : '';
  if (name === 'tr' || name === 'li') return '\n';
  return PARAGRAPH.has(name) ? '\n\n' : '';
}

/** The tag at `open`, up to its `>`; one inside a quoted attribute does not end it. `null`: this `<` opens no tag. */
function readTag(lower: string, open: number): Tag | null {
  const start = /[a-z/!?]/.test(lower.charAt(open + 1)) ? open + 1 : -1;
  if (start === -1) return null;
  const isClosing = lower.charAt(start) === '/';
  const name = /^[a-z0-9]*/.exec(lower.slice(isClosing ? start + 1 : start, start + 20))?.[0] ?? '';
  let at = start;
  for (;;) {
    const [quote, position] = nextOf(lower, at);
    if (position === -1) return { name, isClosing, end: lower.length };
    if (quote === '>') return { name, isClosing, end: position + 1 };
    const closing = lower.indexOf(quote, position + 1);
    if (closing === -1) return { name, isClosing, end: lower.length };
    at = closing + 1;
  }
}

function nextOf(text: string, from: number): [character: string, position: number] {
  for (let position = from; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === '>') return [character, position];
    // A quote opens an attribute's value only after `=`; anywhere else it is a stray apostrophe.
    if ((character === '"' || character === "'") && text.charAt(position - 1) === '=') return [character, position];
  }
  return ['', -1];
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[ \t\u{a0}]+/gu, ' ').trim());
  return lines
    .filter((line, index) => line !== '' || (lines[index - 1] ?? '') !== '')
    .join('\n')
    .trim();
}
