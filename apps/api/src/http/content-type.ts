import { isUtf8 } from 'node:buffer';

/** What tools usually write. Whatever else there is, nobody is to guess at. */
const TYPES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  json: 'application/json',
  jsonl: 'application/jsonl',
  pdf: 'application/pdf',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  zip: 'application/zip',
  gz: 'application/gzip',
};
const UNKNOWN = 'application/octet-stream';

/** The media type of a file, by its name; text says that it is UTF-8 where it is. */
export function contentTypeOf(path: string, content: Uint8Array): string {
  const [, extension = ''] = /\.([^./]+)$/.exec(path) ?? [];
  const name = extension.toLowerCase();
  const type = Object.hasOwn(TYPES, name) ? (TYPES[name] ?? UNKNOWN) : UNKNOWN;
  return type.startsWith('text/') && isUtf8(content) ? `${type}; charset=utf-8` : type;
}

/**
 * `Content-Disposition` (RFC 6266) that has a file stored rather than shown: what a mission has written may be anything,
 * and must not run as a page of ours. The name is there twice: for all in ASCII, and as it is (RFC 8187).
 */
export function attachmentOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
