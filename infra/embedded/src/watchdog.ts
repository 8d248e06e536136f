import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Waits for the end of its input: our pipe to it closes when this process ends, however it ends. A shell, because it
 * costs a megabyte and a millisecond, and runs where this process can; in a session of its own, so that what ends
 * this process's group (Ctrl-C, a CI runner's kill) leaves it time to clean up.
 */
const SCRIPT = `
read -r word
[ "$word" = done ] && exit 0
pid=$1 signal=$2; shift 2
kill -s "$signal" -- "$pid" 2>/dev/null
i=0
while kill -s 0 -- "$pid" 2>/dev/null; do
  i=$((i + 1))
  [ "$i" -eq 100 ] && kill -s KILL -- "$pid" 2>/dev/null
  [ "$i" -gt 120 ] && break
  sleep 0.1
done
[ "$#" -gt 0 ] && rm -rf -- "$@"
`;

export type Watchdog = { readonly dismiss: () => void };

/**
 * Ends a process, and removes folders of its own, should this process die without having done so.
 * @param options.pid negative for a whole process group, as in kill(2)
 * @returns what to call once the process has ended
 */
export const startWatchdog = (options: { pid: number; signal: NodeJS.Signals; remove: string[] }): Watchdog => {
  const { pid, signal, remove } = options;
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'flotilla-watchdog', String(pid), signal.slice(3), ...remove], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  // Without a shell there is nobody to watch; the next start on the same folder still finds and ends an orphan.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  // The pipe, too, would keep this process alive.
  if (child.stdin instanceof Socket) child.stdin.unref();
  return { dismiss: () => void child.stdin.end('done\n') };
};
