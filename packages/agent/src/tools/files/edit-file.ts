import { createTurns } from '@flotilla/core';
import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { contentSchema, pathSchema, readText, writeText } from './text.ts';

export function createEditFile({ workspace }: { workspace: Workspace }): RunnableTool {
  const inTurn = createTurns();
  return defineTool({
    name: 'edit_file',
    description:
      'Replaces a piece of a text file of your workspace. The piece has to be in the file exactly as given, and once, ' +
      'unless everywhere is true.',
    input: z.strictObject({
      path: pathSchema,
      old: contentSchema.min(1),
      new: contentSchema,
      everywhere: z.boolean().default(false),
    }),
    // Made again, it would not find what it has replaced, or would replace it in what it has put there.
    idempotent: false,
    untrusted: false,
    run: ({ path, old, new: replacement, everywhere }, owner) =>
      // Two edits of one reply would each start from the file without the other's.
      inTurn(owner.missionId, async () => {
        owner.signal.throwIfAborted();
        const pieces = (await readText(workspace, owner, path)).split(old);
        const count = pieces.length - 1;
        if (count === 0) throw new Error(`${path} does not hold that piece. Nothing was changed.`);
        if (count > 1 && !everywhere) {
          throw new Error(
            `${path} holds that piece ${count} times. Give more of what is around it. Nothing was changed.`,
          );
        }
        await writeText(workspace, owner, { path, text: pieces.join(replacement) });
        return count === 1 ? `${path} edited` : `${path} edited in ${count} places`;
      }),
  });
}
