import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { pathSchema } from './text.ts';

export function createListFiles({ workspace }: { workspace: Workspace }): RunnableTool {
  return defineTool({
    name: 'list_files',
    description: 'Lists the files of your workspace, or of one folder of it, with their sizes in bytes.',
    input: z.strictObject({ folder: pathSchema.optional() }),
    idempotent: true,
    async run({ folder }, owner) {
      const entries = await workspace.list(owner);
      const inside = folder === undefined ? entries : entries.filter(({ path }) => path.startsWith(`${folder}/`));
      if (inside.length === 0) return 'There are no files.';
      return inside.map(({ path, bytes }) => `${bytes}\t${path}`).join('\n');
    },
  });
}
