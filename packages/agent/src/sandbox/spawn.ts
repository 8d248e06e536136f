import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The child's own heap, beside the VM's memory. */
const HEAP_MEGABYTES = 128;

/**
 * Limits the kernel keeps, whatever becomes of the child and even if this process dies first: seconds of CPU, no files
 * written, no core dumps, few descriptors, 2 GB of data. (Not address space: WebAssembly reserves far more than it uses.)
 */
const LIMITS = 'ulimit -t "$1"; ulimit -f 0; ulimit -c 0; ulimit -n 64; ulimit -d 2000000; shift; exec "$0" "$@"';

/**
 * Starts a sandbox child: no environment, no files but its own program, no further processes, no code from strings on
 * our side of the VM. What it is told, it is told on stdin; what it says on stderr, nobody hears.
 */
export function spawnChild({ cpuSeconds }: { cpuSeconds: number }): ChildProcessByStdio<Writable, Readable, null> {
  const program = fileURLToPath(new URL('./child.ts', import.meta.url));
  const wasm = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
  const args = [
    '--permission',
    `--allow-fs-read=${dirname(program)}`,
    `--allow-fs-read=${dirname(wasm)}`,
    '--disallow-code-generation-from-strings',
    '--no-addons',
    `--max-old-space-size=${HEAP_MEGABYTES}`,
    program,
    wasm,
  ];
  return spawn('/bin/sh', ['-c', LIMITS, process.execPath, String(cpuSeconds), ...args], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
