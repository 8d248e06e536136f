import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const LIFECYCLE = new URL('./lifecycle.ts', import.meta.url).href;
const WATCH = new URL('./parent-watch.ts', import.meta.url).href;
const LOGGER = new URL('../logger/logger.ts', import.meta.url).href;

/** An app of one part, which prints a line for each thing that happens to it. */
const APP = `
  import { createLifecycle } from ${JSON.stringify(LIFECYCLE)};
  import { exitWhenParentDies } from ${JSON.stringify(WATCH)};
  import { createLogger } from ${JSON.stringify(LOGGER)};
  const logger = createLogger({ level: 'info', format: 'json', service: 'app' });
  const lifecycle = createLifecycle({ logger, graceMs: 10_000 });
  if (process.env.PARENT_PID) exitWhenParentDies({ lifecycle, parentPid: Number(process.env.PARENT_PID) });
  const timer = setInterval(() => {}, 1_000);
  await lifecycle.start([{ name: 'timer', stop: () => clearInterval(timer) }]);
  logger.info('up', { pid: process.pid });
`;

/** Starts the app as a child, tells it who its parent is, and waits to be killed. */
const PARENT = `
  import { spawn } from 'node:child_process';
  const stdio = ['ignore', 'inherit', 'inherit', ...(process.argv[1] === 'ipc' ? ['ipc'] : [])];
  const env = { ...process.env, PARENT_PID: String(process.pid) };
  spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(APP)}], { stdio, env });
`;

function run(source: string, ...args: string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => lines.push(line));
  return { child, lines, reader, exited: once(child, 'exit') };
}

describe('a real process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s, logs it to the last line and exits with 0', async (signal) => {
    const { child, lines, reader, exited } = run(APP);
    await once(reader, 'line');
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ message: 'stopped', reason: signal, exitCode: 0 });
  });

  it('logs an error nobody caught, and exits with 1', async () => {
    const { lines, exited } = run(`${APP}; setTimeout(() => { throw new Error('loose end'); }, 10);`);
    expect(await exited).toEqual([1, null]);
    expect(lines.join('\n')).toContain('loose end');
  });

  it.each(['ppid', 'ipc'])('does not outlive a parent that was killed (%s)', async (how) => {
    const { child, lines, reader } = run(PARENT, how);
    await once(reader, 'line');
    const closed = once(reader, 'close');
    child.kill('SIGKILL');
    // The child holds the other end of the pipe: it closes when the child is gone.
    await closed;
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ message: 'stopped', reason: 'parent_died' });
  });
});
