import type { IncomingMessage, ServerResponse } from 'node:http';
import { expectsContinue, hasBody } from '../body/read-body.ts';

/**
 * What a handler answers. `body` is made by a view or by `toProblem`, never a row; bytes are sent as they are, and `headers`
 * have their type; `null` where there is none (204).
 */
export type Reply = { status: number; body: object | Uint8Array | null; headers?: Readonly<Record<string, string>> };

/** An answer that is written over time, and ends by itself. What goes wrong once it has begun is its own matter. */
export type OpenReply = { open(res: ServerResponse): void };

/** A client that is still sending is listened to for this long after it was refused. */
const LINGER_MS = 2_000;
const LINGER_MAX_BYTES = 64 * 1_048_576;

export function sendReply(req: IncomingMessage, res: ServerResponse, reply: Reply): void {
  // Cut off meanwhile, or the client has gone.
  if (res.headersSent || res.destroyed) return;
  const payload = toBytes(reply.body);
  res.statusCode = reply.status;
  if (reply.body !== null) {
    res.setHeader('Content-Type', reply.status < 400 ? 'application/json' : 'application/problem+json');
    res.setHeader('Content-Length', payload.length);
  }
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  const content = req.method === 'HEAD' ? Buffer.alloc(0) : payload;
  if (req.complete || !hasBody(req)) {
    res.end(content);
    return;
  }
  res.setHeader('Connection', 'close');
  if (expectsContinue(req) && req.readableFlowing === null) res.end(content);
  else endAfterDrain(req, res, content);
}

function toBytes(body: Reply['body']): Uint8Array {
  if (body === null) return Buffer.alloc(0);
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

/**
 * Closing a socket that holds unread bytes resets the connection, and the reset may overtake the answer: a client
 * halfway through a body too large would see a broken pipe instead of 413. So the answer goes out whole, and the
 * connection ends once the client has finished, or has been heard out for long enough.
 */
function endAfterDrain(req: IncomingMessage, res: ServerResponse, content: Uint8Array): void {
  let left = LINGER_MAX_BYTES;
  function end(): void {
    clearTimeout(timer);
    req.off('data', onData).off('end', end).off('close', end);
    res.end();
  }
  function onData(chunk: Buffer): void {
    left -= chunk.length;
    if (left < 0) end();
  }
  const timer = setTimeout(end, LINGER_MS);
  res.write(content);
  req.on('data', onData).once('end', end).once('close', end).resume();
}
