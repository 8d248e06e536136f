import { expect, test } from 'vitest';
import { createShell } from '../shell/shell.ts';
import { createToolContext } from '../testing/tool-context.ts';
import { createMemoryWorkspace } from '../workspace.ts';
import { createShellTool } from './shell.ts';

const context = createToolContext();

/** The tool on a workspace that holds one file. */
async function open(runMs = 30_000) {
  const workspace = createMemoryWorkspace();
  await workspace.change(context, { written: [{ path: 'a', content: Buffer.from('1') }], removed: [] });
  const tool = createShellTool({ shell: createShell({ runMs }), workspace });
  return {
    run: (script: string) => tool.run({ script }, context),
    paths: async () => (await workspace.list(context)).map(({ path }) => path),
  };
}

test('what a script leaves in the workspace is there for the next', { timeout: 60_000 }, async () => {
  const { run, paths } = await open();
  expect(await run('mv a b; cat b')).toBe('1');
  expect(await run('ls; false')).toBe('b\n[exit code 1]');
  expect(await run('true')).toBe('[no output]');
  expect(await paths()).toEqual(['b']);
});

test('a script that makes more than a workspace holds says so, and changes nothing', { timeout: 60_000 }, async () => {
  const { run, paths } = await open();
  await expect(run('rm a; for i in $(seq 501); do echo $i > f$i; done; echo made')).rejects.toThrow(
    /^made\n\nIts changes were not kept: The workspace may hold 500 files/,
  );
  expect(await paths()).toEqual(['a']);
});

test('a script that takes too long says so, and keeps what it had done', { timeout: 60_000 }, async () => {
  const { run, paths } = await open(5_000);
  expect(await run('cp a b; sleep 100; cp a c')).toMatch(/exceeded .*\[exit code \d+\]$/s);
  expect(await paths()).toEqual(['a', 'b']);
});
