import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';

import { ServerStartError } from './errors.ts';

export type User = { uid: number; gid: number; name: string };

/** Debian's own Postgres user if it is there; `nobody` is on every system, so that none has to be created. */
const CANDIDATES = ['postgres', 'nobody'];

const lookUp = (name: string): User | undefined => {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const result = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return result.status === 0 ? Number(result.stdout) : Number.NaN;
  });
  return uid === undefined || gid === undefined || !(uid > 0) || Number.isNaN(gid) ? undefined : { uid, gid, name };
};

/**
 * Postgres refuses to run as root, so root starts it as somebody else: the owner of the existing data, else one of the
 * candidates. Undefined means: as we are.
 */
export const chooseUser = async (pgData: string): Promise<User | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(pgData).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` };
  for (const name of CANDIDATES) {
    const user = lookUp(name);
    if (user !== undefined) return user;
  }
  throw new ServerStartError(
    `Postgres does not run as root, and there is no user ${CANDIDATES.join(' or ')} to run it as.`,
  );
};

/** Tried rather than computed from mode bits, which know nothing of access lists and mounts. */
export const canEnter = (folder: string, user: User | undefined): boolean =>
  user === undefined ||
  spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid: user.uid, gid: user.gid, cwd: '/' }).status === 0;
