import { spawnSync } from 'node:child_process';

import { installPackage } from './install-package.ts';
import { findOnPath } from './on-path.ts';

/** A server somebody else runs, or a program to run one's own. */
export type FoundRedis = { kind: 'server'; url: string } | { kind: 'program'; path: string };

/** No Redis, and no way to get one; the message says what would be one. */
export class RedisMissingError extends Error {
  override readonly name = 'RedisMissingError';
}

const PROGRAMS = ['redis-server', 'valkey-server'];

const versionOf = (program: string): string => {
  const said = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return /v=(\S+)/.exec(said)?.[1] ?? 'of unknown version';
};

/**
 * A real Redis, in this order: `REDIS_URL`; `redis-server` or `valkey-server` on the PATH; installed from Debian when
 * root. Never an imitation. Says in one line what it found.
 * @throws RedisMissingError
 */
export const findRedis = async (options: {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}): Promise<FoundRedis> => {
  const { env, log } = options;
  const url = env['REDIS_URL'];
  if (url !== undefined && url !== '') {
    log('redis: using REDIS_URL');
    return { kind: 'server', url };
  }
  const path = env['PATH'] ?? '';
  const found = await findOnPath(PROGRAMS, path);
  if (found !== undefined) {
    log(`redis: found ${found} ${versionOf(found)}`);
    return { kind: 'program', path: found };
  }
  const problem = installPackage('redis-server');
  const installed = problem === undefined ? await findOnPath(PROGRAMS, `${path}:/usr/bin`) : undefined;
  if (installed === undefined) {
    throw new RedisMissingError(
      `There is no Redis here: ${problem ?? 'the package brought no redis-server'}. Set REDIS_URL, or install redis-server (Debian and Ubuntu: \`sudo apt-get install redis-server\`; macOS: \`brew install redis\`).`,
    );
  }
  log(`redis: installed ${installed} ${versionOf(installed)} with apt-get`);
  return { kind: 'program', path: installed };
};
