import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '../stage/process.ts';
import type { Faults, WitnessLine } from './log.ts';

/** A witness from the suite's side. */
export type Witness = AsyncDisposable & {
  url: string;
  port: number;
  setFaults(faults: Faults): void;
  /** Everything it has seen so far. */
  read(): Promise<WitnessLine[]>;
};

export async function startWitness(
  name: 'model-server' | 'tool-sink' | 'receiver',
  options: { dir: string; env?: NodeJS.ProcessEnv },
): Promise<Witness> {
  const path = join(options.dir, `${name}.jsonl`);
  const child = await startProcess({
    name,
    args: [join(import.meta.dirname, `${name}.ts`)],
    env: { ...options.env, WITNESS_LOG: path },
    readyLine: /witness ready on (\d+)/,
    logPath: join(options.dir, `${name}.log`),
  });
  let onFlushed = (): void => undefined;
  child.onMessage(() => onFlushed());
  return {
    url: `http://127.0.0.1:${child.ready[1]}`,
    port: Number(child.ready[1]),
    setFaults: (faults) => child.send({ faults }),
    async read() {
      const flushed = new Promise<void>((resolve) => {
        onFlushed = resolve;
      });
      child.send({ flush: true });
      await flushed;
      const text = await readFile(path, 'utf8').catch(() => '');
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
