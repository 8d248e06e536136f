import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@flotilla/embedded';
import { findFreePort } from '../harness/free-port.ts';
import { waitFor } from '../harness/wait-for.ts';
import { startPlainServer } from './plain-server.ts';
import { render } from './render.ts';

const CONFIG = join(import.meta.dirname, '../../infra/nginx/nginx.conf');
const UPSTREAM = 'server api:8080 resolve max_fails=3 fail_timeout=30s;';

/** A line of its log. `upstream` names every instance that was tried. */
export type Served = { method: string; uri: string; status: number; seconds: number; upstream: string };

export type Nginx = AsyncDisposable & {
  url: string;
  /** Leads to these from now on, as a resolver would tell it; what is under way is finished by the old workers. */
  lead(apiPorts: readonly number[]): Promise<void>;
  served(): Promise<Served[]>;
  /** All that it wrote, errors among it. */
  log(): Promise<string>;
};

/** nginx with the configuration of `infra/nginx`, in front of instances on this machine. */
export async function startNginx({ dir, apiPorts }: { dir: string; apiPorts: readonly number[] }): Promise<Nginx> {
  const command = await findProgram({ program: 'nginx', package: 'nginx-light' });
  const own = join(dir, 'nginx');
  await mkdir(own, { recursive: true });
  await chmod(dir, 0o755);
  const port = await findFreePort();
  const path = join(own, 'nginx.conf');
  const logPath = join(own, 'nginx.log');
  const text = await readFile(CONFIG, 'utf8');
  const write = (ports: readonly number[]) =>
    writeFile(
      path,
      render(text, {
        [UPSTREAM]: ports.map((one) => UPSTREAM.replace('api:8080 resolve', `127.0.0.1:${one}`)).join('\n    '),
        // Docker's own server of names, which is not here.
        'resolver 127.0.0.11 valid=5s ipv6=off;': '',
        'listen 8080;': `listen 127.0.0.1:${port};`,
        '/tmp/': `${own}/`,
      }),
    );
  await write(apiPorts);
  const server = await startPlainServer({
    command,
    args: ['-p', own, '-c', path, '-e', logPath, '-g', 'daemon off;'],
    dir: own,
    logPath,
    stopSignals: ['SIGQUIT', 'SIGTERM', 'SIGKILL'],
  });
  const log = () => readFile(logPath, 'utf8');
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => (await fetch(`${url}/nginx-health`)).status === 204;
  await waitFor(
    async () => {
      if (server.hasExited()) throw new Error(await log());
      return isUp();
    },
    { what: 'nginx to start' },
  );
  const workers = async () =>
    (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')).trim().split(' ');

  return {
    url,
    async lead(ports) {
      await write(ports);
      const before = await workers();
      process.kill(server.pid, 'SIGHUP');
      await waitFor(async () => (await workers()).some((pid) => !before.includes(pid)), { what: 'nginx to reload' });
    },
    log,
    async served() {
      const lines = (await log()).split('\n').filter((line) => line.startsWith('{"time"'));
      return lines.map((line): Served => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
