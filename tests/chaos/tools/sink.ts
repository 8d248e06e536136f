import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool, type ToolContext } from '@flotilla/agent';
import { z } from 'zod';
import type { SinkRequest } from '../witness/tool-sink.ts';

/**
 * The tools of the failure suite, loaded by workers from TOOLS_DIR. Each tells the sink that it ran, which is all the
 * effect it has. They bear the names of built-in tools, since the API lets missions name no others.
 */
const SINK_URL = process.env['CHAOS_SINK_URL'] ?? '';
/** As the model server knows it. */
const WORKER = process.env['OPENAI_API_KEY'] ?? '';
/** What each call writes to a scratch file, as tools that fetch or build something do. */
const SCRATCH_BYTES = Number(process.env['CHAOS_SCRATCH_BYTES'] ?? 0);
const input = z.object({ ref: z.string() });

/** @returns what the machine had against it */
async function useScratch(): Promise<string | undefined> {
  const path = join(tmpdir(), `scratch-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(path, Buffer.alloc(SCRATCH_BYTES));
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await rm(path, { force: true });
  }
}

async function tell({ ref }: z.output<typeof input>, context: ToolContext, idempotent: boolean): Promise<string> {
  const { missionId, step, callIndex: index, idempotencyKey: key, signal } = context;
  const trouble = SCRATCH_BYTES > 0 ? await useScratch() : undefined;
  const about = { ref, missionId, step, index, key, idempotent, worker: WORKER };
  const request: SinkRequest = { ...about, ...(trouble !== undefined && { trouble }) };
  const response = await fetch(SINK_URL, { method: 'POST', body: JSON.stringify(request), signal });
  const { blockMs }: { blockMs: number } = JSON.parse(await response.text());
  if (trouble !== undefined) throw new Error(`no room to work in: ${trouble}`);
  // Nothing else runs in this process meanwhile: no timer, no heartbeat, no socket.
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  await sleep(50 + (index + step) * 20, undefined, { signal });
  return `noted ${key}`;
}

export const repeatable = defineTool({
  name: 'current_time',
  description: 'Tells the sink; may be repeated.',
  input,
  idempotent: true,
  timeoutMs: 60_000,
  run: (read, context) => tell(read, context, true),
});

export const onceOnly = defineTool({
  name: 'http_fetch',
  description: 'Tells the sink; must not be repeated.',
  input,
  idempotent: false,
  timeoutMs: 60_000,
  run: (read, context) => tell(read, context, false),
});
