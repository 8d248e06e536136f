import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { OutboundFailedError } from './errors.ts';

/** What is asked for, and understood in answers. */
export const ACCEPT_ENCODING = 'gzip, br';

/** Compression adds a little to what cannot be compressed. */
const WIRE_SLACK_BYTES = 65_536;

/**
 * Reads a body up to `maxBytes` and lets go of the rest. The cap counts decompressed bytes, as they come out, so that
 * a bomb is never held whole; a stream that only ever takes in is cut off too.
 * @throws {OutboundFailedError} of kind `bad_response`: an encoding we did not ask for
 */
export async function readBody({
  stream,
  encoding,
  maxBytes,
}: {
  stream: Readable;
  encoding: string | undefined;
  maxBytes: number;
}): Promise<{ readonly body: Uint8Array; readonly truncated: boolean }> {
  // A stream let go of early reports that as an error to whoever listens; to nobody, it would end the process.
  stream.on('error', () => {});
  const decoder = decoderFor(encoding);
  let wireBytes = 0;
  let truncated = false;
  async function* wire(): AsyncGenerator<Buffer> {
    for await (const chunk of buffers(stream)) {
      wireBytes += chunk.length;
      if (wireBytes > maxBytes + WIRE_SLACK_BYTES) {
        truncated = true;
        return;
      }
      yield chunk;
    }
  }
  const source = decoder === undefined ? wire() : buffers(pipeline(wire, decoder, () => {}));
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    const room = maxBytes - size;
    kept.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    size += Math.min(chunk.length, room);
    if (chunk.length > room) {
      truncated = true;
      break;
    }
  }
  if (truncated) stream.destroy();
  return { body: Buffer.concat(kept), truncated };
}

async function* buffers(stream: Readable | Transform): AsyncGenerator<Buffer> {
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
}

/** Lenient at the end, as browsers are: HTTP itself tells a body that was cut short. */
function decoderFor(encoding: string | undefined): Transform | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    case 'deflate':
      return createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      throw new OutboundFailedError('bad_response', { cause: new Error('the content encoding is not one we know') });
  }
}
