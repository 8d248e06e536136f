import { execFile } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readContext } from './context.ts';
import { readCommand, readCopy, readDockerfile, type Stage } from './read-dockerfile.ts';

const run = promisify(execFile);
const STEP_WITHIN_MS = 600_000;

type Assembly = {
  /** Of the Dockerfile. */
  text: string;
  /** Where the context lies, and the files of it that Docker would be sent. */
  root: string;
  context: readonly string[];
  /** An empty folder. */
  folder: string;
  /** What `node` and `npm` are in its images. */
  env: NodeJS.ProcessEnv;
  log(line: string): void;
};

/**
 * Follows a Dockerfile where there is no Docker: each stage is a folder, its commands run in it, and nothing is in it
 * that no line has put there. The base images are taken for granted: of them the lines use `node` and `npm`.
 * @returns the folder of the last stage's working directory
 * @throws {Error} when a file is missing or a command fails, with what it said
 */
async function assemble(options: Assembly): Promise<string> {
  const stages = readDockerfile(options.text);
  for (const stage of stages) {
    const home = join(options.folder, stage.name);
    if (stages.some(({ name }) => name === stage.from)) {
      await cp(join(options.folder, stage.from), home, { recursive: true, verbatimSymlinks: true });
    }
    await mkdir(home, { recursive: true });
    await follow(stage, home, options);
  }
  const last = stages.at(-1);
  if (!last) throw new Error('There is no stage.');
  return join(options.folder, last.name, workdirOf(last));
}

/** The last WORKDIR of a stage, relative to its root. */
function workdirOf({ steps }: Stage): string {
  return steps.findLast(({ name }) => name === 'WORKDIR')?.rest.replace(/^\//, '') ?? '';
}

async function follow(stage: Stage, home: string, options: Assembly): Promise<void> {
  // Of a stage that stands on another one, that one's.
  let cwd = join(home, 'app');
  await mkdir(cwd, { recursive: true });
  for (const { name, rest } of stage.steps) {
    if (name === 'WORKDIR') {
      cwd = join(home, rest);
      await mkdir(cwd, { recursive: true });
    }
    if (name === 'COPY') await copy(rest, cwd, options);
    if (name === 'RUN') await runStep(rest, cwd, options);
  }
}

async function runStep(rest: string, cwd: string, { env, log }: Assembly): Promise<void> {
  const [program = '', ...args] = readCommand(rest) ?? [];
  const startedAt = performance.now();
  await run(program, args, { cwd, env, timeout: STEP_WITHIN_MS, maxBuffer: 2 ** 26 });
  log(`${program} ${args.join(' ')} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
}

/** A folder's contents go into the target, a file goes into a target that ends in a slash or is the working directory. */
async function copy(rest: string, cwd: string, { root, context, folder }: Assembly): Promise<void> {
  const { from, sources, target } = readCopy(rest);
  for (const source of sources) {
    if (from !== undefined) {
      await cp(join(folder, from, source), join(cwd, target), { recursive: true, verbatimSymlinks: true });
      continue;
    }
    if (context.includes(source)) {
      const name = source.split('/').at(-1) ?? '';
      await place(join(root, source), join(cwd, target, target.endsWith('/') ? name : ''));
      continue;
    }
    const inside = context.filter((file) => file.startsWith(`${source}/`));
    if (inside.length === 0) throw new Error(`COPY ${rest}: ${source} is not there.`);
    for (const file of inside) await place(join(root, file), join(cwd, target, file.slice(source.length + 1)));
  }
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { verbatimSymlinks: true });
}

/** npm's own variables say which folder it was started in. */
function installEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

// node infra/checks/image/assemble.ts FOLDER [LINE]: makes the image of infra/Dockerfile, without the lines that begin
// with LINE, and says at last where it is and what it runs
if (import.meta.main) {
  const [folder = '', without] = process.argv.slice(2);
  const root = join(import.meta.dirname, '../../..');
  const whole = await readFile(join(root, 'infra/Dockerfile'), 'utf8');
  const lines = whole.split('\n').filter((line) => without === undefined || !line.startsWith(without));
  const text = lines.join('\n');
  const app = await assemble({ text, root, context: readContext(root), folder, env: installEnv(), log: console.log });
  const commandOf = (name: string) => {
    const rest =
      readDockerfile(text)
        .at(-1)
        ?.steps.findLast((step) => step.name === name)?.rest ?? '';
    return readCommand(rest)?.slice(1) ?? [];
  };
  console.log(JSON.stringify({ app, command: commandOf('CMD'), healthCheck: commandOf('HEALTHCHECK') }));
}
