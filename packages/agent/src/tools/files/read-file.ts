import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { pathSchema, readText } from './text.ts';

export function createReadFile({ workspace }: { workspace: Workspace }): RunnableTool {
  return defineTool({
    name: 'read_file',
    description: 'Reads a text file of your workspace: all of it, or the lines asked for.',
    input: z.strictObject({
      path: pathSchema,
      fromLine: z.int().min(1).default(1),
      lines: z.int().min(1).optional().describe('How many; default: all that follow'),
    }),
    idempotent: true,
    async run({ path, fromLine, lines }, owner) {
      const text = await readText(workspace, owner, path);
      if (fromLine === 1 && lines === undefined) return text;
      const all = text.split('\n');
      if (fromLine > all.length) throw new Error(`${path} has ${all.length} lines.`);
      const upTo = lines === undefined ? all.length : Math.min(all.length, fromLine - 1 + lines);
      const rest = upTo < all.length ? `\n[lines ${fromLine} to ${upTo} of ${all.length}]` : '';
      return all.slice(fromLine - 1, upTo).join('\n') + rest;
    },
  });
}
