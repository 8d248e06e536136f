import { expect, test } from 'vitest';
import { createToolContext } from '../../testing/tool-context.ts';
import { createMemoryWorkspace } from '../../workspace.ts';
import { createFileTools } from './create-file-tools.ts';

const context = (missionId = 'mis_1') => createToolContext({ missionId });

/** Calls a file tool as the loop would: the arguments checked first. */
function open() {
  const workspace = createMemoryWorkspace();
  const tools = new Map(createFileTools({ workspace }).map((tool) => [tool.name, tool]));
  return {
    workspace,
    async call(name: string, input: object, missionId?: string): Promise<string> {
      const tool = tools.get(name);
      if (!tool || !('run' in tool)) throw new Error(`no tool ${name}`);
      const wrong = tool.check(input);
      return wrong ?? tool.run(input, context(missionId));
    },
  };
}

test('a file that was written is listed, read, edited and removed', async () => {
  const { call } = open();
  expect(await call('write_file', { path: 'notes/a.md', content: 'eins\nzwei\ndrei ä' })).toBe(
    'notes/a.md written, 17 bytes',
  );
  await call('write_file', { path: 'b', content: '' });
  expect(await call('list_files', {})).toBe('0\tb\n17\tnotes/a.md');
  expect(await call('list_files', { folder: 'notes' })).toBe('17\tnotes/a.md');
  expect(await call('list_files', { folder: 'note' })).toBe('There are no files.');
  expect(await call('edit_file', { path: 'notes/a.md', old: 'zwei', new: '$& 2' })).toBe('notes/a.md edited');
  expect(await call('read_file', { path: 'notes/a.md' })).toBe('eins\n$& 2\ndrei ä');
  expect(await call('read_file', { path: 'notes/a.md', fromLine: 2, lines: 1 })).toBe('$& 2\n[lines 2 to 2 of 3]');
  expect(await call('read_file', { path: 'notes/a.md', fromLine: 2 })).toBe('$& 2\ndrei ä');
  await call('remove_file', { path: 'notes/a.md' });
  await expect(call('read_file', { path: 'notes/a.md' })).rejects.toThrow('There is no file notes/a.md');
});

test('an edit says what is wrong with it, and changes nothing then', async () => {
  const { call } = open();
  await call('write_file', { path: 'a', content: 'x y x' });
  await expect(call('edit_file', { path: 'a', old: 'z', new: '' })).rejects.toThrow('does not hold that piece');
  await expect(call('edit_file', { path: 'a', old: 'x', new: '' })).rejects.toThrow('holds that piece 2 times');
  await expect(call('edit_file', { path: 'b', old: 'x', new: '' })).rejects.toThrow('There is no file b');
  await expect(call('read_file', { path: 'a', fromLine: 2 })).rejects.toThrow('a has 1 lines');
  expect(await call('read_file', { path: 'a' })).toBe('x y x');
  expect(await call('edit_file', { path: 'a', old: 'x', new: 'z', everywhere: true })).toBe('a edited in 2 places');
  expect(await call('read_file', { path: 'a' })).toBe('z y z');
});

test('edits that are made side by side all count', async () => {
  const { call } = open();
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  await call('write_file', { path: 'a', content: digits.join('') });
  await Promise.all(digits.map((digit) => call('edit_file', { path: 'a', old: digit, new: `<${digit}>` })));
  expect(await call('read_file', { path: 'a' })).toBe(digits.map((digit) => `<${digit}>`).join(''));
});

test('an edit that fails does not stop the next', async () => {
  const { call } = open();
  await call('write_file', { path: 'a', content: 'x' });
  const edits = [
    call('edit_file', { path: 'a', old: 'q', new: '' }),
    call('edit_file', { path: 'a', old: 'x', new: 'y' }),
  ];
  expect((await Promise.allSettled(edits)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test.each(['../up', '/etc/passwd', 'a/../../b', 'a\0b'])('no tool takes the path %j', async (path) => {
  const { call, workspace } = open();
  for (const name of ['read_file', 'write_file', 'edit_file', 'remove_file']) {
    expect(await call(name, { path, content: 'x', old: 'a', new: 'b' })).toMatch(/must be a relative path/);
  }
  expect(await workspace.list(context())).toEqual([]);
});

test('what a workspace cannot hold is refused with the reason, and another mission sees none of it', async () => {
  const { call } = open();
  await call('write_file', { path: 'a', content: 'mine' });
  await expect(call('write_file', { path: 'b', content: 'ä'.repeat(600_000) })).rejects.toThrow(
    'a file may have 1048576',
  );
  await expect(call('write_file', { path: 'a/b', content: '' })).rejects.toThrow('name of a file');
  expect(await call('list_files', {}, 'mis_2')).toBe('There are no files.');
  await expect(call('read_file', { path: 'a' }, 'mis_2')).rejects.toThrow('There is no file a');
});

test('a file of bytes that are no text is not shown as if it were', async () => {
  const { call, workspace } = open();
  await workspace.change(context(), {
    written: [{ path: 'a.gz', content: new Uint8Array([31, 139, 8]) }],
    removed: [],
  });
  await expect(call('read_file', { path: 'a.gz' })).rejects.toThrow('a.gz holds no text (3 bytes)');
});
