import { z } from 'zod';
import type { RunnableTool, ToolContext } from '../tool.ts';
import { defineTool } from '../tool.ts';

type Run = (input: { text?: string | undefined }, context: ToolContext) => Promise<string>;

/** A tool that does what the test says. */
export function createTool(
  name: string,
  run: Run,
  changes: Partial<Pick<RunnableTool, 'idempotent' | 'untrusted' | 'consequential' | 'secrets'>> & {
    timeoutMs?: number;
    needsApproval?: boolean;
  } = {},
): RunnableTool {
  return defineTool({
    name,
    description: `The tool ${name}`,
    input: z.strictObject({ text: z.string().optional() }),
    idempotent: true,
    untrusted: false,
    ...changes,
    run,
  });
}

export const echo = createTool('echo', async ({ text }) => `echo: ${text}`);

/** Never answers, and never listens. */
export const deaf = createTool('deaf', () => new Promise(() => undefined));
