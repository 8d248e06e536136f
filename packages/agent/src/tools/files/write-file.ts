import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { contentSchema, pathSchema, writeText } from './text.ts';

export function createWriteFile({ workspace }: { workspace: Workspace }): RunnableTool {
  return defineTool({
    name: 'write_file',
    description:
      'Writes a text file of your workspace, whole, in place of one of that name. Your workspace is yours alone and lasts ' +
      'as long as this task; it holds 500 files of at most 1 MB, 16 MB together.',
    input: z.strictObject({ path: pathSchema, content: contentSchema }),
    idempotent: true,
    untrusted: false,
    async run({ path, content }, owner) {
      return `${path} written, ${await writeText(workspace, owner, { path, text: content })} bytes`;
    },
  });
}
