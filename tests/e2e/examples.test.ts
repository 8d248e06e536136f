import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseEnv, findFreePort, startProcess, type TestProcess } from '../harness/index.ts';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');
const TOOLS = join(ROOT, 'node_modules/.bin');

/** A project of somebody who has installed the packed client, and nothing of this repository. */
let project: string;
/** `npm start`. */
let local: TestProcess;
/** The oldest Node there is here: what the client promises to run on is older than what we develop on. */
let node: { path: string; version: string };
let port: number;
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'flotilla-examples-'));
  // Root's own Postgres runs as another user, who has to reach its data.
  await chmod(project, 0o755);
  resources.defer(() => rm(project, { recursive: true, force: true }));
  port = await findFreePort();
  [local, node] = await Promise.all([
    startProcess({
      args: [join(ROOT, 'apps/local/src/main.ts'), '--data', join(project, 'data')],
      env: { PORT: '0', WEBHOOK_LOOPBACK_PORTS: String(port) },
      readyLine: /The API is (\S+), the key (fl_live_\w+)/,
      readyWithinMs: 120_000,
    }).then((started) => resources.use(started)),
    findNode(),
    install(),
  ]);
  // Told to stop, it takes its database and its processes along.
  resources.defer(async () => void (await local.stop()));
}, 180_000);
afterAll(() => resources.disposeAsync());

/** As `npm pack` makes it, into an empty project. Nothing is asked of a registry. */
async function install(): Promise<void> {
  await run('npm', ['pack', '-w', '@flotilla/client', '--pack-destination', project], { cwd: ROOT });
  const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz'));
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: project });
  await mkdir(join(project, 'node_modules/@types'));
  for (const name of ['express', '@types/express', '@types/node']) {
    await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  for (const name of await examples()) await cp(join(EXAMPLES, name), join(project, name));
}

async function examples(): Promise<string[]> {
  return (await readdir(EXAMPLES)).filter((name) => name.endsWith('.mjs'));
}

async function findNode(): Promise<{ path: string; version: string }> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = await Promise.all(
    [...folders.map((folder) => join(folder, 'node')), process.execPath].map(async (path) => {
      const version = await run(path, ['--version']).then(
        ({ stdout }) => stdout.trim(),
        () => '',
      );
      return { path, version, major: Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) };
    }),
  );
  const [oldest = { path: process.execPath, version: process.version }] = found
    .filter(({ major }) => major >= 20)
    .toSorted((a, b) => a.major - b.major);
  return oldest;
}

/** What an example prints, run as its README says. */
async function play(name: string): Promise<string> {
  const [, url = '', key = ''] = local.ready;
  const env = { ...baseEnv(), FLOTILLA_URL: url, FLOTILLA_API_KEY: key, PORT: String(port) };
  const { stdout, stderr } = await run(node.path, [join(project, name)], { env, timeout: 45_000 });
  expect(stderr).toBe('');
  return stdout;
}

describe('the packed client', () => {
  it('holds its code, its types and its licence, and needs nothing', async () => {
    const installed = join(project, 'node_modules/@flotilla/client');
    const source = await readdir(join(ROOT, 'packages/client/src'));
    const modules = source.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const expected = modules.flatMap((name) => [name.replace('.ts', '.js'), name.replace('.ts', '.d.ts')]);
    expect((await readdir(join(installed, 'dist'))).toSorted()).toEqual([...expected, 'generated'].toSorted());
    expect((await readdir(installed)).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    expect(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')).dependencies).toBeUndefined();
    expect(await readdir(join(project, 'node_modules/@flotilla'))).toEqual(['client']);
  });

  it('serves TypeScript, whether for Node or for a browser, and refuses what the API would', async () => {
    await writeFile(
      join(project, 'use.ts'),
      `import { createClient, type Mission, FlotillaError } from '@flotilla/client';
const client = createClient({ apiKey: 'k', baseUrl: 'https://x' });
export async function first(): Promise<Mission['status'] | undefined> {
  for await (const { status } of client.missions.list({ limit: 1 })) return status;
  return undefined;
}
export async function readOn(known: string | null): Promise<string | null> {
  let end = known;
  for await (const { data, endCursor } of client.events.list({ cursor: known ?? undefined }).pages()) {
    for (const { missionId, type } of data) void [missionId satisfies string, type];
    end = endCursor;
  }
  return end ?? (await client.events.list().page()).endCursor;
}
export const isOver = (error: unknown) => error instanceof FlotillaError && error.code === 'mission_ended';
// @ts-expect-error -- a goal is text
void client.missions.create({ goal: 1 });
// @ts-expect-error -- of the lists only the log of events says where a page ends
void client.missions.list().page().then(({ endCursor }) => endCursor);
// @ts-expect-error -- and there is no such verb
void client.missions.destroy('mis_1');
`,
    );
    const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };
    const forNode = { ...strict, module: 'nodenext', target: 'es2022', lib: ['es2023'], types: ['node'] };
    const forBrowsers = { ...strict, module: 'esnext', moduleResolution: 'bundler', target: 'es2022', types: [] };
    const configs = {
      // The examples too: what they read is what there is.
      node: {
        compilerOptions: { ...forNode, skipLibCheck: true, allowJs: true, checkJs: true },
        include: ['*.ts', '*.mjs'],
      },
      browser: { compilerOptions: { ...forBrowsers, lib: ['es2022', 'dom'] }, include: ['use.ts'] },
    };
    for (const [name, config] of Object.entries(configs)) {
      await writeFile(join(project, `tsconfig.${name}.json`), JSON.stringify(config));
      const mistakes = await run(join(TOOLS, 'tsc'), ['-p', `tsconfig.${name}.json`], { cwd: project }).then(
        () => '',
        (error: unknown) => (error instanceof Error && 'stdout' in error ? error.stdout : error),
      );
      expect(mistakes).toBe('');
    }
  });
});

describe('an example', () => {
  const SAYS: Record<string, (string | RegExp)[]> = {
    'submit-and-poll.mjs': [
      /^accepted: mis_/,
      'completed: 12.5% of 3,480 plus 7 squared is 484.',
      /spent: \d+ tokens, \$0/,
      'wait says the same: completed',
    ],
    'stream.mjs': [
      '[1] mission.queued',
      /\] step\.completed/,
      /The first ten prime numbers are 2, 3, 5/,
      /\[\d+\] mission\.completed\n$/,
    ],
    'webhook-receiver.mjs': [
      'refused: no signature is by one of the secrets',
      /accepted: mis_/,
      /dlv_\w+ mission\.completed, signature verified: 6 times 7 is 42/,
    ],
    'approval.mjs': [
      /to be approved: .*"usd":400/,
      /refunding .*"usd":40[,}]/,
      /completed: issue_refund answered: .*"usd":40[,}].*\nrefunded/,
    ],
    'budget.mjs': ['awaiting_budget: 1 of 1 steps are spent', 'completed: 17.5% of 2,840 is 497.', '2 of 5 steps'],
  };

  it.each(Object.entries(SAYS))('%s runs as its page says, on the oldest Node', async (name, fragments) => {
    const printed = await play(name);
    for (const fragment of fragments) expect(printed).toMatch(fragment);
  });

  it('is never left out here', async () => {
    expect(await examples()).toEqual([...Object.keys(SAYS), 'connect.mjs'].toSorted());
    const page = await readFile(join(EXAMPLES, 'README.md'), 'utf8');
    for (const name of Object.keys(SAYS)) expect(page).toContain(`(${name})`);
  });
});
