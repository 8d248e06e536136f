import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** The next so many bytes of a stream, and not one more. */
export async function readBytes(stream: Readable, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let read = 0; read < length; ) {
    const chunk: unknown = stream.read(Math.min(length - read, Math.max(1, stream.readableLength)));
    if (Buffer.isBuffer(chunk)) {
      bytes.set(chunk, read);
      read += chunk.length;
    } else if (stream.readableEnded) {
      throw new Error('the stream ended before that');
    } else {
      await once(stream, 'readable');
    }
  }
  return bytes;
}
