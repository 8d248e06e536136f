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
const input = z.object({ ref: z.string() });

async function tell({ ref }: z.output<typeof input>, context: ToolContext, idempotent: boolean): Promise<string> {
  const { missionId, step, callIndex: index, idempotencyKey: key, signal } = context;
  const request: SinkRequest = { ref, missionId, step, index, key, idempotent, worker: WORKER };
  const response = await fetch(SINK_URL, { method: 'POST', body: JSON.stringify(request), signal });
  const { blockMs }: { blockMs: number } = JSON.parse(await response.text());
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
