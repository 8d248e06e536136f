import type { WorkspaceFile } from '@flotilla/core';
import { z } from 'zod';
import type { Shell, ShellRun } from '../shell/shell.ts';
import { defineTool, type RunnableTool } from '../tool.ts';
import type { Workspace } from '../workspace.ts';

export function createShellTool({ shell, workspace }: { shell: Shell; workspace: Workspace }): RunnableTool {
  return defineTool({
    name: 'shell',
    description:
      'Runs a bash script on the files of your workspace, which are in the current folder, and returns what it printed. ' +
      'The usual text tools are there (grep, sed, awk, jq, sort, find, tar, gzip …); the machine is simulated: ' +
      'no network, no other programs, nothing in the background, and nothing outside the workspace is kept. Files are kept, variables and the current ' +
      'folder are not. Scripts of one reply run side by side, and do not see what the others change.',
    input: z.strictObject({ script: z.string().min(1).max(100_000) }),
    // A script may append.
    idempotent: false,
    async run({ script }, owner) {
      const ran = await shell.run(script, () => readAll(workspace, owner), owner.signal);
      if (ran.exitCode === null) throw new Error(`${ran.output}\nIts changes were not kept.`);
      const { written, removed } = ran.change;
      if (written.length > 0 || removed.length > 0) await keep(workspace, owner, ran);
      return describe(ran);
    },
  });
}

type Owner = Parameters<Workspace['change']>[0];

async function readAll(workspace: Workspace, owner: Owner): Promise<readonly WorkspaceFile[]> {
  const entries = await workspace.list(owner);
  const paths = entries.map(({ path }) => path);
  return paths.length === 0 ? [] : workspace.read(owner, paths);
}

async function keep(workspace: Workspace, owner: Owner, ran: ShellRun): Promise<void> {
  try {
    await workspace.change(owner, ran.change);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'the workspace did not take them';
    throw new Error(`${describe(ran)}\nIts changes were not kept: ${reason}`, { cause: error });
  }
}

function describe({ output, exitCode }: ShellRun): string {
  if (exitCode === 0) return output === '' ? '[no output]' : output;
  return `${output}${output === '' || output.endsWith('\n') ? '' : '\n'}[exit code ${exitCode}]`;
}
