import { setImmediate as breathe } from 'node:timers/promises';
import { decodeHTML } from 'entities';
import { attributeOf, isHidden, readTag, type Tag } from './html-tag.ts';

/** Elements whose content is nothing to read. */
const SILENT = new Set(
  'script style noscript template svg iframe object canvas head select button dialog datalist'.split(' '),
);
/** What is around a page's matter, on every page of its site. */
const SILENT_AND_AROUND = new Set([...SILENT, 'nav', 'footer']);
/** A page that has less to say without what is around it is shown with it. */
const MATTER_CHARS = 200;
const PARAGRAPH = new Set(
  (
    'address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hr html li main nav ol p pre section summary table tbody thead tr ul'
  ).split(' '),
);
/** Elements without content, which nothing closes. */
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** Elements that the next of their kind closes. */
const SELF_CLOSED = new Set('p li dt dd tr td th option'.split(' '));
const LINK_MAX_CHARS = 1_000;
/** So much of a page is read in a few milliseconds. */
const BREATHE_EVERY_CHARS = 32_768;
const BREATHE_EVERY_LINES = 1_000;

/**
 * The readable text of a page: markup, scripts, styles, navigation and what is hidden gone; headings, lists, tables,
 * code and links, made absolute by `baseUrl`, as Markdown writes them. One pass from left to right that never looks
 * back, so that no page, however broken or malicious, takes longer than its size; and nobody in this process is kept
 * waiting for the whole of it.
 */
export async function htmlToText(html: string, baseUrl?: string): Promise<string> {
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const matter = await readPage({ html, lower, baseUrl, silent: SILENT_AND_AROUND });
  const isAll = matter.length >= MATTER_CHARS || !/<(?:nav|footer)/.test(lower);
  const text = isAll ? matter : await readPage({ html, lower, baseUrl, silent: SILENT });
  const title = await titleOf(html, lower);
  return title && !text.replace(/^#+ /, '').startsWith(title) ? `${title}\n\n${text}`.trim() : text;
}

type Page = { html: string; lower: string; baseUrl: string | undefined; silent: ReadonlySet<string> };

async function readPage({ html, lower, baseUrl, silent }: Page): Promise<string> {
  const writer = createWriter(html, baseUrl);
  const unclosed = new Set<string>();
  /** The element whose content is not shown, and how many of its name are open in it. */
  let hidden: { name: string; depth: number } | null = null;
  let position = 0;
  let breatheAt = BREATHE_EVERY_CHARS;

  while (position < html.length) {
    if (position >= breatheAt) {
      breatheAt = position + BREATHE_EVERY_CHARS;
      await breathe();
    }
    const open = html.indexOf('<', position);
    const textEnd = open === -1 ? html.length : open;
    if (!hidden) writer.text(html.slice(position, textEnd));
    if (open === -1) break;

    if (html.startsWith('<!--', open)) {
      position = after(html, '-->', open + 4);
      continue;
    }
    const tag = readTag(lower, open);
    if (!tag) {
      // A lone `<` is text.
      if (!hidden) writer.text('<');
      position = open + 1;
      continue;
    }
    position = tag.end;
    if (hidden && tag.name === hidden.name) {
      hidden.depth += tag.isClosing || SELF_CLOSED.has(tag.name) ? -1 : 1;
      if (hidden.depth > 0 || tag.isClosing) {
        if (hidden.depth <= 0) hidden = null;
        continue;
      }
      hidden = null;
    }
    if (hidden) continue;
    if (!tag.isClosing && !VOID.has(tag.name) && isHidden(html, tag)) {
      hidden = { name: tag.name, depth: 1 };
      continue;
    }
    if (silent.has(tag.name) && !tag.isClosing && !unclosed.has(tag.name)) {
      const close = lower.indexOf(`</${tag.name}`, tag.end);
      // Looked for in vain once, it is not looked for again: a page of nothing but `<head>` would cost its size squared.
      if (close === -1) unclosed.add(tag.name);
      else position = close;
    }
    writer.tag(tag);
  }
  return writer.end();
}

/** `next`: the number of its next point, where it has numbers. */
type List = { next: number | null };

function markOf(list: List | undefined): string {
  if (!list || list.next === null) return '- ';
  list.next += 1;
  return `${list.next - 1}. `;
}

/** Puts a page's text together. Code and links are put in last: nothing that is done to running text is done to them. */
function createWriter(html: string, baseUrl: string | undefined) {
  const parts: string[] = [];
  const kept: string[] = [];
  const lists: List[] = [];
  let code: string[] | null = null;
  let link: { href: string; from: number } | null = null;
  let isFirstCell = true;

  /** No text has a null character: it would not have been taken for text. */
  const keep = (text: string) => `\0${kept.push(text) - 1}\0`;

  function endCode(): void {
    const text = decodeHTML((code ?? []).join(''))
      .replaceAll('\0', '')
      .replace(/^\r?\n|\s+$/g, '');
    code = null;
    if (text !== '') parts.push(`\n\n${keep(`\`\`\`\n${text}\n\`\`\``)}\n\n`);
  }

  function endLink(): void {
    if (!link) return;
    const { href, from } = link;
    link = null;
    const text = parts.splice(from).join('');
    const isLine = text.trim() !== '' && !text.trim().includes('\n');
    parts.push(isLine ? `[${text.trim()}](${keep(href)})` : text);
  }

  function startLink(tag: Tag): void {
    endLink();
    const href = toAddress(attributeOf(html, tag, 'href'), baseUrl);
    if (href !== null) link = { href, from: parts.length };
  }

  function addTag(tag: Tag): void {
    const { name, isClosing } = tag;
    if (name === 'pre') {
      endCode();
      if (!isClosing) code = [];
    } else if (code) {
      if (name === 'br') code.push('\n');
    } else if (name === 'a') {
      if (isClosing) endLink();
      else startLink(tag);
    } else if (name === 'img') {
      const alt = attributeOf(html, tag, 'alt').slice(0, LINK_MAX_CHARS);
      if (alt !== '') parts.push(`[image: ${alt.replaceAll('\0', '')}]`);
    } else if (name === 'ol' || name === 'ul') {
      if (isClosing) lists.pop();
      else lists.push({ next: name === 'ol' ? Number(attributeOf(html, tag, 'start')) || 1 : null });
      parts.push('\n\n');
    } else if (name === 'li') {
      parts.push(isClosing ? '\n' : `\n${markOf(lists.at(-1))}`);
    } else if (name === 'tr') {
      isFirstCell = true;
      parts.push('\n');
    } else if (name === 'td' || name === 'th') {
      if (!isClosing) parts.push(isFirstCell ? '' : ' | ');
      isFirstCell = false;
    } else parts.push(spacingOf(tag));
  }

  return {
    text(written: string): void {
      if (code) code.push(written);
      else parts.push(written.replace(/\s+/g, ' '));
    },
    tag: addTag,
    async end(): Promise<string> {
      endLink();
      endCode();
      const text = await tidy(decodeHTML(parts.join('')));
      return text.replace(/\0(\d+)\0/g, (_, index: string) => kept[Number(index)] ?? '');
    },
  };
}

/** An address to go on to; `null` for one within the page, or of another kind. */
function toAddress(href: string, baseUrl: string | undefined): string | null {
  if (href === '' || href.startsWith('#') || href.length > LINK_MAX_CHARS) return null;
  const url = URL.parse(href, baseUrl);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

function spacingOf({ name, isClosing }: Tag): string {
  if (name === 'br') return '\n';
  if (/^h[1-6]$/.test(name)) return isClosing ? '\n\n' : `\n\n${'#'.repeat(Number(name.charAt(1)))} `;
  return PARAGRAPH.has(name) ? '\n\n' : '';
}

async function titleOf(html: string, lower: string): Promise<string> {
  const open = lower.indexOf('<title');
  const start = open === -1 ? -1 : lower.indexOf('>', open) + 1;
  const end = start > 0 ? lower.indexOf('</title', start) : -1;
  return end === -1 ? '' : tidy(decodeHTML(html.slice(start, end).replace(/\s+/g, ' ')));
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

async function tidy(text: string): Promise<string> {
  const lines: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (index % BREATHE_EVERY_LINES === BREATHE_EVERY_LINES - 1) await breathe();
    const plain = line.replace(/[ \t\u{a0}]+/gu, ' ').trim();
    // A heading, or a point of a list, that nothing is said under.
    const said = /^(?:#{1,6}|-|\d+\.)$/.test(plain) ? '' : plain;
    if (said !== '' || (lines.at(-1) ?? '') !== '') lines.push(said);
  }
  return lines.join('\n').trim();
}
