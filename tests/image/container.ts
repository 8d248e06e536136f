import { execFile, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ChaosProcess, startProcess } from '../chaos/stage/process.ts';
import { baseEnv } from '../harness/base-env.ts';

const run = promisify(execFile);
/** That of the Dockerfile, and of k8s/base. */
const USER = '10001';

const UNPRIVILEGED = `setpriv --reuid=${USER} --regid=${USER} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all`;

/**
 * A namespace in which nothing can be written, by a user who may do nothing: what a container with a read-only root file
 * system is to its process. `exec`, so that a signal reaches the program itself.
 */
const ENTER = `
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -o remount,bind,ro /
cd "$1/app"
shift
exec ${UNPRIVILEGED} -- "$@"
`;
/** Without a namespace: the same user, or whoever runs this, on files that nobody may write. */
const enterAs = (user: string) => `cd "$1/app"; shift; exec ${user} -- "$@"`;
const isRoot = process.getuid?.() === 0;

/** Fails for a user to whom permissions mean nothing, and where a file can be written. */
const PROBE = `
  if (process.getuid() === 0) process.exit(1);
  try { require('node:fs').writeFileSync('probe', ''); } catch { process.exit(0); }
  process.exit(1);
`;

export type Container = {
  /** What this machine permits of it, in words. */
  how: string;
  start(options: { name: string; args: string[]; env: NodeJS.ProcessEnv; readyLine: RegExp }): Promise<ChaosProcess>;
  /** Runs a program to its end. @throws {Error} with what it said, when that was no success */
  run(args: string[], env: NodeJS.ProcessEnv): Promise<string>;
};

/**
 * @param image the folder that holds `app/`, and nothing that the image has not
 * @param logs where what they print goes
 * @throws {Error} where its programs could write or would run as root
 */
export async function openContainer(image: string, logs: string): Promise<Container> {
  // The base image's own, in place of the one in this repository's node_modules.
  const node = join(image, 'bin/node');
  await mkdir(join(image, 'bin'), { recursive: true });
  await copyFile(process.execPath, node);
  const [mounted, closed] = [
    ['unshare', ['--mount', 'sh', '-c', ENTER, 'enter', image, node]],
    ['sh', ['-c', enterAs(isRoot ? UNPRIVILEGED : 'setpriv --no-new-privs --inh-caps=-all'), 'enter', image, node]],
  ] as const;
  const isWalled = ([program, args]: typeof mounted | typeof closed) =>
    spawnSync(program, [...args, '-e', PROBE]).status === 0;
  const isMounted = isWalled(mounted);
  if (!isMounted) {
    await closeFolder(image);
    if (!isWalled(closed)) throw new Error('Here it could only run as a user who may write: that would show nothing.');
  }
  const [command, before] = isMounted ? mounted : closed;
  const own = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    NODE_ENV: 'production',
    PATH: join(image, 'bin'),
    ...env,
  });
  return {
    how: isMounted
      ? `user ${USER}, every file system read-only`
      : `no mount here: ${isRoot ? `user ${USER}` : 'the current user'}, files without write permission`,
    start: ({ name, args, env, readyLine }) =>
      startProcess({
        name,
        command,
        args: [...before, ...args],
        env: { ...own(env), PATH: process.env['PATH'], NODE_COMPILE_CACHE: undefined },
        readyLine,
        logPath: join(logs, `${name}.log`),
      }),
    async run(args, env) {
      const given = { ...own(env), PATH: baseEnv()['PATH'] };
      return (await run(command, [...before, ...args], { env: given })).stdout;
    },
  };
}

async function closeFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    await chmod(path, entry.isDirectory() || path.endsWith('/bin/node') ? 0o555 : 0o444);
  }
}
