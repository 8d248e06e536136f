import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

export type TestRun = { isGreen: boolean; failed: string[]; output: string };
/** A copy of the working tree in which files may be broken. */
export type Tree = Disposable & {
  dir: string;
  test(files: readonly string[], env: NodeJS.ProcessEnv, flags?: readonly string[]): Promise<TestRun>;
};

const LEFT_OUT = new Set(['node_modules', '.git', '.results', '.turbo', 'coverage']);
const WORKSPACES = ['apps/*', 'packages/*', 'infra/embedded', 'tests'];

/**
 * Copies the tree and links what is installed, but for our own packages: those are linked to the copy, or the tests
 * would run against the original.
 */
export function copyTree(from: string): Tree {
  const dir = mkdtempSync(join(tmpdir(), 'flotilla-mutants-'));
  cpSync(from, dir, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)), verbatimSymlinks: true });
  linkAll(join(from, 'node_modules'), join(dir, 'node_modules'), new Set(['@flotilla', '.vite', '.vite-temp']));
  for (const path of globSync(
    WORKSPACES.map((workspace) => `${workspace}/package.json`),
    { cwd: dir },
  )) {
    const workspace = dirname(path);
    const name = nameOf(join(dir, path));
    mkdirSync(join(dir, 'node_modules', dirname(name)), { recursive: true });
    symlinkSync(join(dir, workspace), join(dir, 'node_modules', name));
    const own = join(from, workspace, 'node_modules');
    if (existsSync(own)) linkAll(own, join(dir, workspace, 'node_modules'), new Set());
  }
  return {
    dir,
    test: (files, env, flags = []) => runTests(dir, [...files, ...flags], env),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function linkAll(from: string, to: string, leftOut: ReadonlySet<string>): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (!leftOut.has(name)) symlinkSync(resolve(from, name), join(to, name));
  }
}

function nameOf(manifest: string): string {
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
  return name;
}

function runTests(dir: string, given: readonly string[], env: NodeJS.ProcessEnv): Promise<TestRun> {
  const report = join(dir, '.results', 'tests.json');
  rmSync(report, { force: true });
  const args = [join(dir, 'node_modules/vitest/vitest.mjs'), 'run', ...given];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => settle({ isGreen: code === 0, failed: failedIn(report), output }));
  });
}

type Report = { testResults: { assertionResults: { status: string; fullName: string }[] }[] };

function failedIn(report: string): string[] {
  if (!existsSync(report)) return [];
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap((file) => file.assertionResults);
  return results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
}
