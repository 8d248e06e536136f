import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export type SandboxChild = ChildProcessByStdio<Writable, Readable, null>;

export type ChildProgram = {
  /** Its main module; of our files it may read that folder and no other. */
  main: URL;
  args?: readonly string[];
  /** Files and folders of packages that it may read. */
  packages: readonly string[];
  cpuSeconds: number;
  /** The child's own heap, beside what WebAssembly takes. */
  heapMegabytes?: number;
};

/**
 * Limits the kernel keeps, whatever becomes of the child and even if this process dies first: seconds of CPU, no files
 * written, no core dumps, few descriptors, 2 GB of data. (Not address space: WebAssembly reserves far more than it uses.)
 */
const LIMITS = 'ulimit -t "$1"; ulimit -f 0; ulimit -c 0; ulimit -n 64; ulimit -d 2000000; shift; exec "$0" "$@"';

/** What every child's program calls, and so has to read. */
const CUT_OFF = fileURLToPath(new URL('./cut-off.ts', import.meta.url));

/**
 * Starts a sandbox child: no environment, no files but its own program, no further processes, no code from strings on
 * our side of the VM. What it is told, it is told on stdin; what it says on stderr, nobody hears.
 */
export function spawnChild({ main, args = [], packages, cpuSeconds, heapMegabytes = 128 }: ChildProgram): SandboxChild {
  const program = fileURLToPath(main);
  const nodeArgs = [
    '--permission',
    `--allow-fs-read=${dirname(program)}`,
    `--allow-fs-read=${CUT_OFF}`,
    ...packages.map((path) => `--allow-fs-read=${path}`),
    '--disallow-code-generation-from-strings',
    '--no-addons',
    `--max-old-space-size=${heapMegabytes}`,
    program,
    ...args,
  ];
  return spawn('/bin/sh', ['-c', LIMITS, process.execPath, String(cpuSeconds), ...nodeArgs], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
