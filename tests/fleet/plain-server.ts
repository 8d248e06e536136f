import { chown, open } from 'node:fs/promises';
import { type ServerProcess, spawnServer } from '@flotilla/embedded';

/** Whom the containers of `infra/docker-compose.yml` run as. */
const PLAIN = { uid: 10_001, gid: 10_001 };

/** Starts a server of Debian's as the plain user it has in its container; only root can start somebody else's process. */
export async function startPlainServer(options: {
  command: string;
  args: string[];
  /** Where it may write. */
  dir: string;
  logPath: string;
  stopSignals: [NodeJS.Signals, ...NodeJS.Signals[]];
}): Promise<ServerProcess> {
  const { command, args, dir, logPath, stopSignals } = options;
  const user = process.getuid?.() === 0 ? PLAIN : undefined;
  await using log = await open(logPath, 'a', 0o600);
  if (user) {
    await chown(dir, user.uid, user.gid);
    await log.chown(user.uid, user.gid);
  }
  return await spawnServer({
    command,
    args,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    logFd: log.fd,
    user,
    stopSignals,
    removeIfOrphaned: [],
  });
}
