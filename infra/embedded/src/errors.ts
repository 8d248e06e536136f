/** A live server of a live owner uses this folder. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  readonly pid: number;
  readonly port: number;
  /** Who started it; undefined when it was not started by this package. */
  readonly ownerPid: number | undefined;

  constructor(server: { dataDir: string; pid: number; port: number; ownerPid: number | undefined }) {
    const owner = server.ownerPid === undefined ? '' : `, started by process ${server.ownerPid}`;
    super(
      `Postgres already runs on ${server.dataDir} (pid ${server.pid}, port ${server.port}${owner}). Stop it first.`,
    );
    this.pid = server.pid;
    this.port = server.port;
    this.ownerPid = server.ownerPid;
  }
}

/** A server could not be made to run; the message ends with what it printed itself. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}
