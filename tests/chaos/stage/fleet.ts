import { join } from 'node:path';
import type { Random } from '../random.ts';
import { type ChaosProcess, startProcess } from './process.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The system under test: one API and some workers, real processes, joined as in production. */
export type Fleet = AsyncDisposable & {
  apiUrl(): string;
  api(): ChaosProcess;
  /** At the address it had before, if there was one. */
  startApi(env?: NodeJS.ProcessEnv): Promise<ChaosProcess>;
  startWorker(env?: NodeJS.ProcessEnv): Promise<ChaosProcess>;
  /** Those that have not ended. */
  workers(): ChaosProcess[];
  anyWorker(): ChaosProcess;
};

export function createFleet(options: {
  /** Of both; then what each has of its own. */
  env: NodeJS.ProcessEnv;
  apiEnv: NodeJS.ProcessEnv;
  workerEnv: NodeJS.ProcessEnv;
  dir: string;
  random: Random;
}): Fleet {
  const { env, apiEnv, workerEnv, dir, random } = options;
  const processes: ChaosProcess[] = [];
  const workers: ChaosProcess[] = [];
  let api: ChaosProcess | undefined;
  let port = '0';
  let started = 0;

  async function start(name: string, readyLine: RegExp, own: NodeJS.ProcessEnv): Promise<ChaosProcess> {
    const args = [join(ROOT, `apps/${name.replace(/-\d+$/, '')}/src/main.ts`)];
    const child = await startProcess({
      name,
      args,
      env: { ...env, ...own },
      readyLine,
      logPath: join(dir, `${name}.log`),
    });
    processes.push(child);
    return child;
  }

  return {
    apiUrl: () => `http://127.0.0.1:${port}`,
    api() {
      if (!api) throw new Error('there is no API yet');
      return api;
    },
    async startApi(own = {}) {
      api = await start('api', /api listening on http:\/\/[\d.]+:(\d+)/, { ...apiEnv, PORT: port, ...own });
      port = api.ready[1] ?? port;
      return api;
    },
    async startWorker(own = {}) {
      const name = `worker-${(started += 1)}`;
      // The model server sees who calls by the key.
      const worker = await start(name, /worker ready/, { ...workerEnv, OPENAI_API_KEY: name, ...own });
      workers.push(worker);
      return worker;
    },
    workers: () => workers.filter((worker) => worker.isAlive()),
    anyWorker: () => random.pick(workers.filter((worker) => worker.isAlive())),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((child) => child[Symbol.asyncDispose]()));
    },
  };
}
