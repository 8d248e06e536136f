import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

/** Both run on the thread pool: a megabyte takes milliseconds, which the event loop has better uses for. */
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Text as a zstd frame (RFC 8878) of its UTF-8. */
export function compressText(text: string): Promise<Buffer> {
  return compress(text);
}

export async function decompressText(frame: Uint8Array): Promise<string> {
  return (await decompress(frame)).toString('utf8');
}
