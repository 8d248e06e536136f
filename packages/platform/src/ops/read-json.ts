import type { IncomingMessage } from 'node:http';
import { OpsError } from './ops-route.ts';

/** An operator's request is a few words. */
const BODY_MAX_BYTES = 16_384;

/** A body as JSON; `undefined` where there is none. @throws {OpsError} 400, 413 */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new OpsError(413, `The body may be at most ${BODY_MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new OpsError(400, 'The body is not valid JSON.');
  }
}
