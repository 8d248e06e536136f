import { defineTool, type ToolContext } from '@flotilla/agent';
import { z } from 'zod';

/** Tools whose only effect is a request that a test notes and answers when it likes; loaded by workers from TOOLS_DIR. */
const input = z.object({ goal: z.string() });

async function tell({ goal }: z.output<typeof input>, { idempotencyKey: key, signal }: ToolContext): Promise<string> {
  const response = await fetch(process.env['RACE_TOOL_URL'] ?? '', {
    method: 'POST',
    body: JSON.stringify({ goal, key }),
    signal,
  });
  return response.text();
}

/** The API lets missions name no tools but the built-in ones, so these bear their names. */
export const repeatable = defineTool({
  name: 'current_time',
  description: 'May be repeated.',
  input,
  idempotent: true,
  timeoutMs: 60_000,
  run: tell,
});

export const onceOnly = defineTool({
  name: 'http_fetch',
  description: 'Must not be repeated.',
  input,
  idempotent: false,
  timeoutMs: 60_000,
  run: tell,
});
