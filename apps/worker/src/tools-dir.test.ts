import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTools } from './tools-dir.ts';

/** A folder of modules; each exports tools of these names. */
async function createFolder(modules: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-tools-'));
  for (const [file, source] of Object.entries(modules)) await writeFile(join(dir, file), source);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

const toolSource = (name: string) =>
  `export const ${name} = { name: '${name}', description: 'Does it', inputSchema: {}, idempotent: true, timeoutMs: null,
     check: () => null, run: async () => '${name}' };`;

describe('a folder of tools', () => {
  it('gives every tool that its modules export, and no test, declaration or other file', async () => {
    await using folder = await createFolder({
      'b.ts': `${toolSource('second')}\nexport const other: number = 1;`,
      'a.mjs': `${toolSource('first')}\n${toolSource('too')}`,
      'a.test.ts': 'throw new Error("a test was loaded")',
      'b.d.ts': '',
      'README.md': '# tools',
    });
    expect((await loadTools(folder.dir)).map((tool) => tool.name)).toEqual(['first', 'too', 'second']);
  });

  it.each([
    ['a module without a tool', { 'a.mjs': 'export const nothing = {};' }, /a\.mjs: exports no tool/],
    ['a name used twice', { 'a.mjs': toolSource('same'), 'b.mjs': toolSource('same') }, /b\.mjs: exports same.*a\.mjs/],
    [
      'a module that cannot be loaded',
      { 'a.mjs': 'throw new Error("broken");' },
      /a\.mjs: cannot be loaded: Error: broken/,
    ],
    [
      'a package that is not there',
      { 'a.mjs': 'import "no-such-package";' },
      /a\.mjs: cannot be loaded: .*no-such-package/,
    ],
    ['a name that models cannot say', { 'a.mjs': toolSource('tör') }, /a\.mjs: tör is no tool: name must be/],
    [
      'what is half a tool',
      { 'a.mjs': `export const half = { name: 'half', run: 1 };` },
      /half is no tool: run must be/,
    ],
  ])('is refused for %s', async (_, modules, message) => {
    await using folder = await createFolder(modules);
    await expect(loadTools(folder.dir)).rejects.toThrow(message);
  });

  it('is refused with everything that is wrong, in all its modules', async () => {
    await using folder = await createFolder({ 'a.mjs': 'throw new Error("broken");', 'b.ts': 'export {};' });
    await expect(loadTools(folder.dir)).rejects.toThrow(
      /^TOOLS_DIR is not valid:\n.*a\.mjs: .*\n.*b\.ts: exports no tool/,
    );
  });

  it('is refused when it is not there', async () => {
    await expect(loadTools('/nowhere/at/all')).rejects.toThrow('ENOENT');
  });
});
