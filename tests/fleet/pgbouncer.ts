import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@flotilla/embedded';
import pg from 'pg';
import { findFreePort } from '../harness/free-port.ts';
import { waitFor } from '../harness/wait-for.ts';
import { startPlainServer } from './plain-server.ts';
import { render } from './render.ts';

const CONFIG = join(import.meta.dirname, '../../infra/pgbouncer/pgbouncer.ini');
const DATABASE = 'flotilla';

export type Pgbouncer = AsyncDisposable & {
  /** In place of the server's URL. */
  url: string;
  /** Its own words: `SHOW POOLS`, `SHOW LISTS`. */
  show(what: string): Promise<Record<string, unknown>[]>;
  /** A new process takes over the connections of the old one, which ends. */
  takeOver(): Promise<void>;
};

/** PgBouncer with the configuration of `infra/pgbouncer`, in front of a database on this machine. */
export async function startPgbouncer({ dir, serverUrl }: { dir: string; serverUrl: string }): Promise<Pgbouncer> {
  const command = await findProgram({ program: 'pgbouncer', package: 'pgbouncer' });
  const own = join(dir, 'pgbouncer');
  await mkdir(own, { recursive: true });
  const port = await findFreePort();
  const path = join(own, 'pgbouncer.ini');
  const usersPath = join(own, 'users');
  const server = new URL(serverUrl);
  const password = decodeURIComponent(server.password);
  await writeFile(usersPath, `"${server.username}" "${password}"\n`, { mode: 0o644 });
  await writeFile(
    path,
    render(await readFile(CONFIG, 'utf8'), {
      'host=postgres port=5432 dbname=flotilla': `host=${server.hostname} port=${server.port} dbname=${server.pathname.slice(1)}`,
      'listen_addr = 0.0.0.0': 'listen_addr = 127.0.0.1',
      'listen_port = 6432': `listen_port = ${port}`,
      '/run/secrets/pgbouncer_users': usersPath,
      'unix_socket_dir = /tmp': `unix_socket_dir = ${own}`,
    }),
  );
  const url = new URL(serverUrl);
  url.port = String(port);
  url.pathname = `/${DATABASE}`;
  const console = new URL(url);
  console.pathname = '/pgbouncer';
  const launch = (...args: string[]) =>
    startPlainServer({
      command,
      args: [...args, path],
      dir: own,
      logPath: join(own, 'pgbouncer.log'),
      stopSignals: ['SIGINT', 'SIGTERM', 'SIGKILL'],
    });

  async function show(what: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: console.href });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(`SHOW ${what}`)).rows;
    } finally {
      await client.end();
    }
  }
  let running = await launch();
  await waitFor(() => show('VERSION'), { what: 'PgBouncer to start' });

  return {
    url: url.href,
    show,
    async takeOver() {
      const old = running;
      running = await launch('-R');
      await waitFor(() => old.hasExited(), { what: 'the old PgBouncer to end', timeoutMs: 20_000 });
      await waitFor(() => (running.hasExited() ? undefined : show('VERSION')), { what: 'the new PgBouncer to answer' });
    },
    [Symbol.asyncDispose]: () => running.stop(),
  };
}
