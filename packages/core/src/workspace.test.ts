import { expect, it } from 'vitest';
import { WORKSPACE_BYTES_MAX, WORKSPACE_FILE_BYTES_MAX, WORKSPACE_FILES_MAX } from './limits.ts';
import { refuseChange, workspacePathSchema } from './workspace.ts';

const file = (path: string, bytes = 1) => ({ path, content: new Uint8Array(bytes) });

it.each(['a', 'notes/day-1.md', '.hidden', 'ä/😀 b.txt', 'a..b'])('%j names a file', (path) => {
  expect(workspacePathSchema.safeParse(path).success).toBe(true);
});

it.each([
  '',
  '/etc/passwd',
  '../up',
  'a/../../up',
  './a',
  'a//b',
  'a/',
  'a\\b',
  'a\0b',
  'a\nb',
  '\ud800',
  'x'.repeat(301),
])('%j names none', (path) => {
  expect(workspacePathSchema.safeParse(path).success).toBe(false);
});

it('takes what fits, to the byte and to the file', () => {
  const entries = Array.from({ length: WORKSPACE_FILES_MAX - 1 }, (_, index) => ({ path: `f${index}`, bytes: 0 }));
  expect(refuseChange(entries, { written: [file('last')], removed: [] })).toBeNull();
  expect(refuseChange(entries, { written: [file('f0'), file('last')], removed: [] })).toBeNull();
  expect(refuseChange(entries, { written: [file('a'), file('b')], removed: [] })).toMatch(/500 files/);
  expect(refuseChange(entries, { written: [file('a'), file('b')], removed: ['f0'] })).toBeNull();

  expect(refuseChange([], { written: [file('a', WORKSPACE_FILE_BYTES_MAX)], removed: [] })).toBeNull();
  expect(refuseChange([], { written: [file('a', WORKSPACE_FILE_BYTES_MAX + 1)], removed: [] })).toMatch(/a file may/);

  const full = [{ path: 'all', bytes: WORKSPACE_BYTES_MAX - 1 }];
  expect(refuseChange(full, { written: [file('a')], removed: [] })).toBeNull();
  expect(refuseChange(full, { written: [file('a', 2)], removed: [] })).toMatch(/Remove what is no longer needed/);
  expect(refuseChange(full, { written: [file('all', 2)], removed: [] })).toBeNull();
});

it('refuses names that leave the workspace, and a folder named like a file', () => {
  expect(refuseChange([], { written: [file('../up')], removed: [] })).toMatch(/cannot be the name/);
  expect(refuseChange([{ path: 'a', bytes: 1 }], { written: [file('a/b')], removed: [] })).toMatch(/name of a file/);
  expect(refuseChange([{ path: 'a/b', bytes: 1 }], { written: [file('a')], removed: [] })).toMatch(/name of a file/);
  expect(refuseChange([{ path: 'a', bytes: 1 }], { written: [file('a/b')], removed: ['a'] })).toBeNull();
});
