import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const COPIED = [
  '.gitignore',
  'biome.json',
  'infra/checks',
  'infra/compose',
  'knip.json',
  'oxlint.config.ts',
  'tsconfig.json',
  'turbo.json',
  'vitest.config.ts',
];
const STEP_TIMEOUT_MS = 50_000;

/** What a verify step printed, both streams together and without colours, and its exit code. */
export type StepResult = { code: number; output: string };

/** A copy of the repository's rules over packages of one line each. */
export type Scratch = {
  write(path: string, text: string): void;
  /** Adds a dependency to the `package.json` of a package or app. */
  declare(path: string, dependency: string): void;
  /** Runs a script of the real `package.json`, as `npm run` would. */
  step(script: string): Promise<StepResult>;
  [Symbol.dispose](): void;
};

type Workspace = { name: string; path: string; imports: string[] };

function readJson(path: string) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/** Every package and app of the repository, with the imports turbo allows it. */
export function workspaces(): Workspace[] {
  const { tags } = readJson('turbo.json').boundaries;
  const homes = ['packages', 'apps', 'infra'].flatMap((home) =>
    readdirSync(join(ROOT, home)).map((name) => `${home}/${name}`),
  );
  return Object.entries<{ dependencies: { allow: string[] } }>(tags).map(([name, { dependencies }]) => {
    const path = homes.find((home) => home.endsWith(`/${name}`));
    if (path === undefined) throw new Error(`No folder bears the tag ${name}.`);
    return { name, path, imports: dependencies.allow };
  });
}

/** One line that imports all that the workspace may import, so that a clean scratch shows that none of it is refused. */
function sourceOf({ name, imports }: Workspace): string {
  const lines = imports.map((other) => `import { ${other} } from '@flotilla/${other}';`);
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    `export const ${name} = [${["'word'", ...imports].join(', ')}];`,
    '',
  ].join('\n');
}

export function createScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-verify-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const root = readJson('package.json');
  // Nothing in the scratch tree needs them, and knip would say so.
  const { prisma: _, '@prisma/client': __, ...devDependencies } = root.devDependencies;
  write('package.json', `${JSON.stringify({ ...root, devDependencies }, null, 2)}\n`);
  write('package-lock.json', '{ "lockfileVersion": 3, "packages": {} }\n');
  write('tests/package.json', '{\n  "name": "@flotilla/tests",\n  "version": "0.1.0",\n  "type": "module"\n}\n');
  write('examples/package.json', '{\n  "name": "@flotilla/examples",\n  "version": "0.1.0",\n  "type": "module"\n}\n');
  write('tests/harness/global-setup.ts', 'export default () => undefined;\n');
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });

  // Libraries come from the real node_modules; our own packages must be the scratch's.
  mkdirSync(join(folder, 'node_modules/@flotilla'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    const isShared = name === '.bin' || !(name.startsWith('.') || name === '@flotilla');
    if (isShared) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const workspace of workspaces()) {
    const { name, path, imports } = workspace;
    const main = path.startsWith('apps/') ? './src/main.ts' : './src/index.ts';
    const dependencies = Object.fromEntries(imports.map((other) => [`@flotilla/${other}`, '0.1.0']));
    const manifest = {
      name: `@flotilla/${name}`,
      version: '0.1.0',
      type: 'module',
      exports: { '.': main },
      dependencies,
    };
    write(`${path}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
    cpSync(join(ROOT, path, 'turbo.json'), join(folder, path, 'turbo.json'));
    write(`${path}/${main}`, sourceOf(workspace));
    symlinkSync(join(folder, path), join(folder, 'node_modules/@flotilla', name));
  }

  return {
    write,
    declare(path, dependency) {
      const manifest = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
      manifest.dependencies[dependency] = '0.1.0';
      write(`${path}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
    },
    step(script) {
      const command: string = readJson('package.json').scripts[script];
      const env = {
        ...process.env,
        PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
        NO_COLOR: '1',
      };
      return new Promise((done) => {
        execFile(
          'sh',
          ['-c', command],
          { cwd: folder, env, maxBuffer: 2 ** 25, timeout: STEP_TIMEOUT_MS },
          (error, stdout, stderr) => {
            done({
              code: error === null ? 0 : Number(error.code ?? 1),
              output: stripVTControlCharacters(stdout + stderr),
            });
          },
        );
      });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
