import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientGoneError } from '../http/client-gone.ts';
import { ProblemError } from '../problem.ts';

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Whether the request announces a body; `Content-Length: 0` is none. */
export function hasBody(req: IncomingMessage): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}

/** Whether the client waits for leave to send its body (RFC 9110 §10.1.1). */
export function expectsContinue(req: IncomingMessage): boolean {
  return req.headers.expect?.toLowerCase() === '100-continue';
}

/**
 * The bytes of a JSON body, never more than `maxBytes` of them in memory.
 * @throws {ProblemError} `unsupported_media_type`, `body_too_large`
 * @throws {ClientGoneError} when the client left before it had sent everything
 */
export async function readBody(req: IncomingMessage, res: ServerResponse, maxBytes: number): Promise<Buffer> {
  checkHeaders(req, maxBytes);
  // Only now: a client that asks first is spared sending what would be refused.
  if (expectsContinue(req)) res.writeContinue();
  return collect(req, maxBytes);
}

function checkHeaders({ headers }: IncomingMessage, maxBytes: number): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    // A few hundred bytes of gzip can unpack to gigabytes.
    throw new ProblemError('unsupported_media_type', 'Send the body as it is: Content-Encoding is not accepted.');
  }
  const type = headers['content-type'];
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new ProblemError(
      'unsupported_media_type',
      'Send JSON in UTF-8, with the header Content-Type: application/json.',
      {
        headers: { Accept: 'application/json' },
      },
    );
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function collect(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;

    function settle(error: Error | null): void {
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      // Without a listener the stream would go on flowing, and its bytes would be lost to whoever drains it.
      req.pause();
      if (error) reject(error);
      else resolve(Buffer.concat(chunks, size));
    }
    function onData(chunk: Buffer): void {
      size += chunk.length;
      if (size > maxBytes) settle(tooLarge(maxBytes));
      else chunks.push(chunk);
    }
    function onEnd(): void {
      settle(null);
    }
    function onGone(): void {
      settle(new ClientGoneError());
    }
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('body_too_large', `The body may be at most ${maxBytes} bytes.`);
}
