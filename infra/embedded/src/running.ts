import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { AlreadyRunningError } from './errors.ts';
import { describeProcess, isAlive } from './process-info.ts';
import { waitUntil } from './wait-until.ts';

/** On the server's command line, where it is as true as the server is alive; Postgres lets any dotted name pass. */
export const OWNER_SETTING = 'flotilla.owner_pid';

const ORPHAN_STOPS_WITHIN_MS = 15_000;

type PidFile = { text: string; pid: number; port: number; isReady: boolean };

/** @see https://www.postgresql.org/docs/18/storage-file-layout.html, and `miscadmin.h` for the lines */
export const readPidFile = (pgData: string): PidFile | undefined => {
  try {
    const text = readFileSync(join(pgData, 'postmaster.pid'), 'utf8');
    const lines = text.split('\n');
    return { text, pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
};

const workingFolder = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
};

/**
 * Makes sure that no server runs on this folder.
 * - None, or a dead one: nothing to do, Postgres clears up after it.
 * - Its pid now belongs to another program (after a reboot, in a new container): Postgres would refuse for ever, so the
 *   file is removed.
 * - A server whose owner is dead, since its parent is no longer who started it: ended, as its owner would have done.
 * @throws AlreadyRunningError when it is alive and so is its owner, or when it is not ours to end
 */
export const clearTheWay = async (pgData: string, log: (line: string) => void): Promise<void> => {
  const file = readPidFile(pgData);
  if (file === undefined || !isAlive(file.pid)) return;
  const { pid, port } = file;
  const found = describeProcess(pid);
  const isOurs = found !== undefined && (found.args.includes(`-D ${pgData} `) || workingFolder(pid) === pgData);
  if (!isOurs) {
    log(`postgres: removing a stale lock file; its pid ${pid} is no longer this server`);
    const now = await readFile(join(pgData, 'postmaster.pid'), 'utf8').catch(() => undefined);
    if (now === file.text) await unlink(join(pgData, 'postmaster.pid'));
    return;
  }
  const owner = new RegExp(`${OWNER_SETTING}=(\\d+)`).exec(found.args)?.[1];
  const ownerPid = owner === undefined ? undefined : Number(owner);
  if (ownerPid === undefined || ownerPid === found.parentPid) {
    throw new AlreadyRunningError({ dataDir: pgData, pid, port, ownerPid });
  }
  log(`postgres: ending server ${pid}, which process ${ownerPid} left behind`);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    if (await waitUntil(() => !isAlive(pid), ORPHAN_STOPS_WITHIN_MS)) return;
  }
};
