import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

/** Both run on the thread pool: a megabyte takes milliseconds, which the event loop has better uses for. */
const zstd = promisify(zstdCompress);
const unzstd = promisify(zstdDecompress);

/** Bytes, or text in UTF-8, as a zstd frame (RFC 8878). */
export function compress(content: string | Uint8Array): Promise<Buffer> {
  return zstd(content);
}

export function decompress(frame: Uint8Array): Promise<Buffer> {
  return unzstd(frame);
}
