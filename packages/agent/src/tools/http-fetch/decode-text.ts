import { TextDecoder } from 'node:util';

const TEXT_TYPE =
  /^(?:text\/|application\/(?:json|xml|javascript|x-ndjson|yaml|x-yaml|toml|x-www-form-urlencoded|sql)|[a-z]+\/[^;]*\+(?:json|xml|yaml))/;

/**
 * A body as text, in the character set it says it has, else UTF-8.
 * @throws Error with a sentence for the model when the content is binary
 */
export function decodeText(body: Uint8Array, contentType: string): string {
  const type = contentType.trim().toLowerCase();
  const decoder = decoderOf(type);
  // A wrong or missing content type is common, and apart from UTF-16 no text holds a zero.
  const isText = type === '' || TEXT_TYPE.test(type);
  const hasZeros = !decoder.encoding.startsWith('utf-16') && body.includes(0);
  if (isText && !hasZeros) return decoder.decode(body);
  throw new Error(`The response is binary (${type || 'no content type'}); only text can be read with this tool.`);
}

function decoderOf(contentType: string): TextDecoder {
  const charset = /charset\s*=\s*"?([^";\s]+)/.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
