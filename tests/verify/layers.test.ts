import { beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type StepResult, workspaces } from './scratch.ts';

const all = workspaces();
const forbiddenTo = (name: string, imports: string[]) =>
  all.filter((other) => other.name !== name && !imports.includes(other.name));

const OWNED = [
  { library: 'bullmq', owners: ['queue'], says: 'Only packages/queue knows BullMQ: import a bell or a consumer' },
  { library: '@prisma/client', owners: ['db'], says: 'Only packages/db knows Prisma and SQL: import a store' },
  { library: 'pg', owners: ['db', 'queue'], says: 'Only packages/db talks to Postgres: import a store' },
];
const ownedFile = (path: string, library: string) => `${path}/src/owned-${library.replaceAll(/\W/g, '')}.ts`;

/** Every forbidden import there is, each in a file of its own, judged in one go. */
let lint: StepResult;

beforeAll(async () => {
  using scratch = createScratch();
  for (const { name, path, imports } of all) {
    for (const other of forbiddenTo(name, imports)) {
      const home = `../../../${other.path}/src/index.ts`;
      scratch.write(`${path}/src/name-${other.name}.ts`, `export type { Word } from '@flotilla/${other.name}';\n`);
      scratch.write(`${path}/src/late-${other.name}.ts`, `export const late = import('@flotilla/${other.name}');\n`);
      scratch.write(`${path}/src/path-${other.name}.ts`, `export { ${other.name} } from '${home}';\n`);
    }
    for (const { library } of OWNED) {
      scratch.write(ownedFile(path, library), `export type { Word } from '${library}';\n`);
    }
  }
  scratch.write('packages/core/src/pure.ts', `export { z } from 'zod';\n`);
  scratch.write('packages/client/src/files.ts', `export { join } from 'node:path';\n`);
  scratch.write('packages/core/src/logs.ts', `export type { Logger } from 'winston';\n`);
  lint = await scratch.step('lint');
});

it('the lint step fails', () => {
  expect(lint.code).toBe(1);
});

describe.each(all)('$path', ({ name, path, imports }) => {
  const forbidden = forbiddenTo(name, imports);

  it.each(forbidden)('may not import $path, by name or by path, now or later', (other) => {
    for (const way of ['name', 'late', 'path']) expect(lint.output).toContain(`${path}/src/${way}-${other.name}.ts`);
  });

  it('is told what to import instead', () => {
    const allowed = imports.map((other) => `@flotilla/${other}`).join(', ');
    const said = `help: ${path} imports ${allowed === '' ? 'nothing of ours' : `only ${allowed} of ours`}`;
    expect(lint.output).toMatch(new RegExp(`${said}\\. [A-Z].{20}`));
  });

  it('may not even declare another as a dependency', async () => {
    using scratch = createScratch();
    const [other] = forbidden;
    scratch.declare(path, `@flotilla/${other?.name}`);
    scratch.write(`${path}/src/mistake.ts`, `export { ${other?.name} } from '@flotilla/${other?.name}';\n`);
    const { code, output } = await scratch.step('boundaries');
    expect(code).toBe(1);
    expect(output).toContain(`@flotilla/${other?.name}`);
  });
});

it.each(OWNED)('$library is imported by its owner only', ({ library, owners, says }) => {
  const refused = all.filter(({ path }) => lint.output.includes(ownedFile(path, library))).map(({ name }) => name);
  expect(refused).toEqual(all.map(({ name }) => name).filter((name) => !owners.includes(name)));
  expect(lint.output).toContain(says);
});

it('core imports zod and no other library', () => {
  expect(lint.output).toContain('packages/core/src/logs.ts');
  expect(lint.output).toContain('imports zod only: wrap the library in the package that owns it');
  expect(lint.output).not.toContain('packages/core/src/pure.ts');
});

it('the client imports nothing: it runs where there is no Node', () => {
  expect(lint.output).toContain('packages/client/src/files.ts');
  expect(lint.output).toContain('has no dependencies and runs in browsers and workers');
});
