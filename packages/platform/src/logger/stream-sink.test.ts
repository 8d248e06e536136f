import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const LOGGER = new URL('./logger.ts', import.meta.url).href;

/** A process of its own, since only a real pipe behaves like one. Reports on stderr, logs on stdout. */
function run(script: string) {
  const source = `import { createLogger } from ${JSON.stringify(LOGGER)};
    const logger = createLogger({ level: 'info', format: 'json', service: 'child' });
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, exited: once(child, 'exit'), reported: text(child.stderr) };
}

describe('standard output as the place for logs', () => {
  it('goes on working when the reader has left', async () => {
    const { child, exited, reported } = run(`
      for (let i = 0; i < 50; i += 1) { logger.info('line'); await new Promise((next) => setTimeout(next, 5)); }
      await logger.flush(1000);
      process.stderr.write('alive');
      process.exitCode = 7;`);
    child.stdout.destroy();
    expect(await exited).toEqual([7, null]);
    expect(await reported).toBe('alive');
  });

  it('neither blocks nor hoards when the reader stops reading, and says what was lost once it reads again', async () => {
    const { child, exited, reported } = run(`
      for (let i = 0; i < 1500; i += 1) { logger.info('x'.repeat(8000)); if (i % 100 === 0) await new Promise(setImmediate); }
      process.stderr.write(process.stdout.writableLength < 9 * 1048576 ? 'bounded' : 'hoarding ' + process.stdout.writableLength);
      await new Promise((resolve) => process.stdout.once('drain', resolve));
      logger.info('after');
      await logger.flush(10000);`);
    const [first] = await once(child.stderr, 'data');
    expect(String(first)).toBe('bounded');
    const written = await text(child.stdout);
    await exited;
    await reported;
    expect(written).toMatch(/"message":"\d+ log lines were dropped: standard output was not being read"/);
    expect(written.trimEnd().split('\n').at(-1)).toContain('"message":"after"');
  });

  it('has everything out when flush settles, also just after the start', async () => {
    const { child } = run(`
      for (let i = 0; i < 500; i += 1) logger.info('line ' + i, { pad: 'x'.repeat(1000) });
      await logger.flush(10000);
      process.exit(0);`);
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    expect(lines).toHaveLength(500);
    expect(lines.at(-1)).toContain('line 499');
  });
});
