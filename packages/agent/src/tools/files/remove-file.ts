import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { pathSchema } from './text.ts';

export function createRemoveFile({ workspace }: { workspace: Workspace }): RunnableTool {
  return defineTool({
    name: 'remove_file',
    description: 'Removes a file from your workspace.',
    input: z.strictObject({ path: pathSchema }),
    idempotent: true,
    untrusted: false,
    async run({ path }, owner) {
      await workspace.change(owner, { written: [], removed: [path] });
      return `${path} is not in the workspace any more`;
    },
  });
}
