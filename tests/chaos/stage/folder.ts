import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A scenario cannot be played here. It has neither held nor failed. */
export class NotRunError extends Error {
  override readonly name = 'NotRunError';
}

/** A folder of the suite's own, gone in the end, also when this process is interrupted or killed. */
export type Folder = AsyncDisposable & { path: string };

/**
 * Waits for the end of its input, which comes when this process ends, however it ends: see the watchdog of
 * `@flotilla/embedded`. Those who have the folder open are ended by watchdogs of their own, and write while they go.
 */
const CLEAN_UP = `
read -r word
[ "$word" = done ] && exit 0
i=0
while [ -e "$1" ] && [ "$i" -lt 60 ]; do
  umount -l -- "$1" 2>/dev/null
  rm -rf -- "$1" 2>/dev/null
  i=$((i + 1))
  sleep 0.5
done
`;

/**
 * @param megabytes makes it a small volume of its own
 * @throws {NotRunError} where mounting is not permitted
 */
export async function openFolder(options: { name: string; megabytes?: number }): Promise<Folder> {
  const { name, megabytes } = options;
  const path = await mkdtemp(join(tmpdir(), `flotilla-chaos-${name}-`));
  // Postgres, and who else does not run as root, must get in.
  await chmod(path, 0o755);
  const watchdog = spawn('/bin/sh', ['-c', CLEAN_UP, 'flotilla-chaos-cleaner', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C is for this process alone; they clean up after it.
    detached: true,
    cwd: '/',
  });
  watchdog.on('error', () => undefined);
  watchdog.stdin.on('error', () => undefined);
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  const remove = async () => {
    if (megabytes !== undefined) spawnSync('umount', ['-l', '--', path]);
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    watchdog.stdin.end('done\n');
  };
  if (megabytes !== undefined) {
    const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'flotilla-chaos', path];
    const { status, error, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status !== 0) {
      await remove();
      throw new NotRunError(`no volume can be mounted here: ${error?.message ?? stderr.trim()}`);
    }
  }
  return { path, [Symbol.asyncDispose]: remove };
}
