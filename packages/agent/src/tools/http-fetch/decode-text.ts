import { TextDecoder } from 'node:util';

const TEXT_TYPE =
  /^(?:text\/|application\/(?:json|xml|javascript|x-ndjson|yaml|x-yaml|toml|x-www-form-urlencoded|sql)|[a-z]+\/[^;]*\+(?:json|xml|yaml))/;

/**
 * A body as text, in the character set it says it has, in its own first bytes or beside it, else UTF-8.
 * @throws Error with a sentence for the model when the content is binary
 */
export function decodeText(body: Uint8Array, contentType: string): string {
  const type = contentType.trim().toLowerCase();
  const decoder = decoderOf(
    bomOf(body) ?? charsetIn(type) ?? (type === '' || HTML.test(type) ? charsetInHtml(body) : null),
  );
  // A wrong or missing content type is common, and apart from UTF-16 no text holds a zero.
  const isText = type === '' || TEXT_TYPE.test(type);
  const hasZeros = !decoder.encoding.startsWith('utf-16') && body.includes(0);
  if (isText && !hasZeros) return decoder.decode(body);
  throw new Error(`The response is binary (${type || 'no content type'}); only text can be read with this tool.`);
}

const HTML = /^(?:text\/html|application\/xhtml)/;
/** How far into a page its character set is looked for; browsers look no further. */
const PRESCAN_BYTES = 1_024;

function charsetIn(text: string): string | null {
  return /charset\s*=\s*["']?([^"';\s/>]+)/.exec(text)?.[1] ?? null;
}

/** By the WHATWG's encoding standard a byte order mark comes before whatever else is said. */
function bomOf([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : null;
}

function charsetInHtml(body: Uint8Array): string | null {
  const start = Buffer.from(body.subarray(0, PRESCAN_BYTES)).toString('latin1').toLowerCase();
  const meta = /<meta\s[^>]*charset[^>]*>/.exec(start)?.[0];
  return meta === undefined ? null : charsetIn(meta);
}

function decoderOf(charset: string | null): TextDecoder {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}
