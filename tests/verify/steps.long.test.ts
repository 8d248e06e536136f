import { expect, it } from 'vitest';
import { createScratch } from './scratch.ts';

type Mistake = { step: string; what: string; files: Record<string, string>; says: string };

const CORE = 'packages/core/src';
const MISTAKE = `${CORE}/mistake.ts`;
const TEST = `${CORE}/mistake.test.ts`;

const FLOATING = `async function save(): Promise<void> {
  await Promise.resolve();
}

export function stop() {
  save();
}
`;
const FORGETFUL = `export function isOver(status: 'running' | 'done') {
  switch (status) {
    case 'done':
      return true;
  }
  return false;
}
`;
const cycle = (keyword: string) => ({
  [`${CORE}/index.ts`]: `${keyword} { mistake } from './mistake.ts';\n\nexport const core = 1;\n`,
  [MISTAKE]: `import { core } from './index.ts';\n\nexport const mistake = core;\n`,
});
const test = (call: string) =>
  `import { expect, it } from 'vitest';\n\n${call}('adds', () => expect(1 + 1).toBe(3));\n`;

const MISTAKES: Mistake[] = [
  {
    step: 'format:check',
    what: 'a line that the formatter would write otherwise',
    files: { [MISTAKE]: 'export const a = "b"\n' },
    says: `${MISTAKE} format`,
  },
  {
    step: 'format:check',
    what: 'imports out of order',
    files: {
      [MISTAKE]: `import { z } from 'zod';\nimport { crc32 } from 'node:zlib';\n\nexport const a = [z, crc32];\n`,
    },
    says: 'organizeImports',
  },
  { step: 'lint', what: 'a promise that floats', files: { [MISTAKE]: FLOATING }, says: 'no-floating-promises' },
  {
    step: 'lint',
    what: 'a switch that forgets a status',
    files: { [MISTAKE]: FORGETFUL },
    says: 'switch-exhaustiveness-check',
  },
  { step: 'lint', what: 'modules that import each other', files: cycle('export'), says: 'no-cycle' },
  { step: 'lint', what: 'types that import each other', files: cycle('export type'), says: 'no-cycle' },
  {
    step: 'lint',
    what: 'an explicit any',
    files: { [MISTAKE]: 'export const a = (b: any): unknown => b;\n' },
    says: 'no-explicit-any',
  },
  {
    step: 'lint',
    what: 'a non-null assertion',
    files: { [MISTAKE]: 'export const a = (b: string[]) => b[0]!;\n' },
    says: 'no-non-null-assertion',
  },
  {
    step: 'lint',
    what: 'a type imported as if it were a value',
    files: { [MISTAKE]: `import { Buffer } from 'node:buffer';\n\nexport type A = Buffer;\n` },
    says: 'consistent-type-imports',
  },
  {
    step: 'lint',
    what: 'a console outside the CLIs',
    files: { 'apps/api/src/mistake.ts': `console.log('here');\n\nexport {};\n` },
    says: 'no-console',
  },
  { step: 'lint', what: 'a default export', files: { [MISTAKE]: 'export default 1;\n' }, says: 'no-default-export' },
  {
    step: 'lint',
    what: 'a file of more than 300 lines, tests too',
    files: { [TEST]: `${'// line\n'.repeat(300)}export {};\n` },
    says: 'max-lines',
  },
  { step: 'lint', what: 'a focused test', files: { [TEST]: test('it.only') }, says: 'no-focused-tests' },
  { step: 'lint', what: 'a skipped test', files: { [TEST]: test('it.skip') }, says: 'no-disabled-tests' },
  {
    step: 'boundaries',
    what: 'a package that package.json does not declare',
    files: { 'packages/agent/src/mistake.ts': `export type { Agent } from 'undici';\n` },
    says: 'cannot import package `undici` because it is not a dependency',
  },
  {
    step: 'boundaries',
    what: 'a path that leaves the package',
    files: { 'packages/agent/src/mistake.ts': `export { core } from '../../core/src/index.ts';\n` },
    says: 'leaves the package',
  },
  {
    step: 'types',
    what: 'a wrong type',
    files: { [MISTAKE]: `export const a: number = 'one';\n` },
    says: `${MISTAKE}(1,14): error TS2322: Type 'string' is not assignable to type 'number'.`,
  },
  {
    step: 'types',
    what: 'an array element taken for granted',
    files: { [MISTAKE]: 'export const a = (b: string[]): string => b[0];\n' },
    says: "Type 'undefined' is not assignable to type 'string'.",
  },
  {
    step: 'types',
    what: 'syntax that Node cannot strip',
    files: { [MISTAKE]: 'export enum A {\n  B,\n}\n' },
    says: "not allowed when 'erasableSyntaxOnly' is enabled",
  },
  {
    step: 'knip',
    what: 'an export that nobody uses',
    files: {
      [`${CORE}/index.ts`]: `export { core } from './mistake.ts';\n`,
      [MISTAKE]: 'export const core = 1;\nexport const forgotten = 2;\n',
    },
    says: `forgotten  ${MISTAKE}:2`,
  },
  {
    step: 'knip',
    what: 'a file that nobody imports',
    files: { [MISTAKE]: 'export const a = 1;\n' },
    says: MISTAKE,
  },
  {
    step: 'pins',
    what: 'a version range',
    files: { 'packages/core/package.json': '{ "name": "@flotilla/core", "dependencies": { "zod": "^4.6.7" } }\n' },
    says: 'packages/core/package.json: pin zod to one exact version instead of ^4.6.7.',
  },
  { step: 'test:unit', what: 'a failing test', files: { [TEST]: test('it') }, says: 'expected 2 to be 3' },
  { step: 'verify', what: 'a mistake in any step', files: { [MISTAKE]: FLOATING }, says: 'no-floating-promises' },
];

it('a tree without mistakes passes every step of verify', async () => {
  using scratch = createScratch();
  expect(await scratch.step('verify')).toMatchObject({ code: 0, output: expect.stringMatching(/Tests +\d+ passed/) });
});

it.each(MISTAKES)('$step fails on $what', async ({ step, files, says }) => {
  using scratch = createScratch();
  for (const [path, text] of Object.entries(files)) scratch.write(path, text);
  const { code, output } = await scratch.step(step);
  expect(code).not.toBe(0);
  expect(output).toContain(says);
});
