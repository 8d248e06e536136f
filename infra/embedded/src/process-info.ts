import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { errnoOf } from './errno.ts';

export type ProcessInfo = { parentPid: number; args: string };

/** True also for a process of another user, which may not be signalled. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
};

/** What runs under this pid, arguments joined by blanks; undefined when nothing does or we may not know. */
export const describeProcess = (pid: number): ProcessInfo | undefined => {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has an empty command line: its parent has not looked yet, but it runs no more.
      return args === '' ? undefined : { parentPid: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), args };
    }
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, parentPid, args] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    return args === undefined ? undefined : { parentPid: Number(parentPid), args };
  } catch {
    return undefined;
  }
};
