import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchLoopDelay } from '../testing/loop-delay.ts';
import { createShell } from './shell.ts';

const shell = createShell({ childrenAtOnce: 2 });
const never = new AbortController().signal;
const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });
const run = (script: string, files = [file('a.txt', 'one\ntwo\n')]) => shell.run(script, async () => files, never);
const outputOf = async (script: string) => (await run(script)).output;

describe('a script', { timeout: 60_000 }, () => {
  test('works on the files of the workspace, and what it changes comes back', async () => {
    const { output, exitCode, change } = await run(
      'grep -c . a.txt; tr a-z A-Z < a.txt > out/../b.txt; mkdir -p d && gzip -k b.txt && mv b.txt.gz d/; rm a.txt',
    );
    expect([output, exitCode]).toEqual(['2\n', 0]);
    expect(change.removed).toEqual(['a.txt']);
    expect(change.written.map(({ path }) => path).toSorted()).toEqual(['b.txt', 'd/b.txt.gz']);
    const text = change.written.find(({ path }) => path === 'b.txt')?.content;
    expect(Buffer.from(text ?? []).toString()).toBe('ONE\nTWO\n');
  });

  test('that changes nothing says so, and tells its exit code', async () => {
    const { output, exitCode, change } = await run('cat a.txt > a.txt.new; mv a.txt.new a.txt; cat none; exit 3');
    expect(exitCode).toBe(3);
    expect(output).toMatch(/none: No such file/);
    expect(change).toEqual({ written: [], removed: [] });
  });

  test.each([
    ['ls; ls -la | wc -l', 'a.txt\n'],
    ['find . -type f | sort', './a.txt\n'],
    ["awk '{ print NR, $1 }' a.txt", '1 one\n2 two\n'],
    ["sed -n '2p' a.txt", 'two\n'],
    [`jq -c '.b + 1' <<< '{"b":1}'`, '2\n'],
    ['tar -czf t.tgz a.txt && tar -tzf t.tgz', 'a.txt\n'],
    ['rg two', 'two'],
    ["echo 'b: 1' | yq .b", '1\n'],
    ['diff a.txt a.txt && md5sum a.txt', 'a.txt\n'],
    ['for i in 1 2; do echo $((i * 2)); done', '2\n4\n'],
  ])('may use %s', async (script, expected) => {
    const { output, exitCode } = await run(script);
    expect([output, exitCode]).toEqual([expect.stringContaining(expected), 0]);
  });

  test('gets its files back byte for byte', async () => {
    const content = Uint8Array.from({ length: 65_536 }, (_, index) => (index * index) % 256);
    const { change } = await run('cp a.bin b.bin', [{ path: 'a.bin', content: Buffer.from(content) }]);
    expect(change.written.map(({ path }) => path)).toEqual(['b.bin']);
    expect(Buffer.from(change.written[0]?.content ?? []).equals(Buffer.from(content))).toBe(true);
  });

  test('has a file of many lines of the wire put together again, and an empty one', async () => {
    const content = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 251));
    const { change } = await run('cp a.bin b.bin; : > empty', [{ path: 'a.bin', content }]);
    const sizes = Object.fromEntries(change.written.map(({ path, content: bytes }) => [path, bytes.length]));
    expect(sizes).toEqual({ 'b.bin': 1_000_000, empty: 0 });
    expect(Buffer.from(change.written.find(({ path }) => path === 'b.bin')?.content ?? []).equals(content)).toBe(true);
  });

  test('has no file in this process before it is its turn', async () => {
    const one = createShell({ childrenAtOnce: 1 });
    const first = Promise.withResolvers<[]>();
    let isRead = false;
    const running = one.run('true', () => first.promise, never);
    const waiting = one.run('true', async () => ((isRead = true), []), never);
    await new Promise((done) => setTimeout(done, 50));
    expect(isRead).toBe(false);
    first.resolve([]);
    await Promise.all([running, waiting]);
    expect(isRead).toBe(true);
  });
});

describe('a hostile script', { timeout: 120_000 }, () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const loop = watchLoopDelay();
  beforeAll(() => {
    process.env['SHELL_CANARY'] = 'canary-in-the-environment';
    return new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => {
    server.close();
  });

  test.each([
    ['an endless loop', 'while true; do :; done'],
    ['a fork bomb', ':(){ :|:& };:'],
    ['recursion without end', 'f() { f; }; f'],
    ['a string without end', 'a=xxxxxxxxxx; while true; do a=$a$a; done'],
    ['an awk loop', "awk 'BEGIN { while (1) x = x + 1 }'"],
    ['a sed loop', "echo a | sed ':a; b a'"],
    ['a jq loop', "jq -n 'def f: f; f'"],
    ['a regular expression without end', `echo ${'a'.repeat(40)}b | grep -E '(a+)+$'; exit 7`],
    ['10,000,000 lines', 'seq 10000000'],
    ['files without end', 'while true; do cat a.txt a.txt a.txt >> b.txt; cp b.txt a.txt; done'],
    ['something left running', 'sleep 600 & echo done'],
    ['nested braces without end', 'echo {1..9999}{1..9999}{1..9999}'],
  ])('with %s ends', async (_name, script) => {
    const ran = await createShell({ runMs: 3_000 }).run(script, async () => [file('a.txt', 'one\n')], never);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.output.length).toBeLessThan(1_100_000);
  });

  test('sees nothing of the machine: no environment, no files, no processes', async () => {
    const output = await outputOf(
      'env; printenv; cat /proc/self/environ /proc/1/environ /etc/passwd /var/run/secrets/* ../../etc/passwd; ' +
        'find / -maxdepth 2; whoami; hostname; kill -9 $PPID; kill -9 1; node -e 1; python3 -c 1; js-exec 1',
    );
    expect(output).not.toContain('canary');
    expect(output).not.toMatch(/root:|flotilla|node_modules/);
    expect(output).toMatch(/etc\/passwd: No such file/);
  });

  test('reaches no network', async () => {
    const port = portOf(server);
    await outputOf(
      `curl http://127.0.0.1:${port}/; wget http://127.0.0.1:${port}/; nc 127.0.0.1 ${port}; ` +
        `exec 3<>/dev/tcp/127.0.0.1/${port}; echo x > /dev/tcp/127.0.0.1/${port}; echo done`,
    );
    expect(connections).toBe(0);
  });

  test('leaves nothing outside the workspace, by whatever way', async () => {
    const { output, change } = await run(
      'ln -s /etc/passwd link; ln -s / root; echo x > ../outside; echo y > /outside; ln a.txt hard; cat link; ' +
        'mkdir /tmp/t && cd /tmp/t && echo z > f && tar -cf /workspace/slip.tar ../../outside; cd /workspace; tar -xf slip.tar',
    );
    expect(output).not.toContain('root:');
    const paths = change.written.map(({ path }) => path);
    expect(paths).toContain('hard');
    expect(paths.filter((path) => path === 'link' || path.startsWith('root') || path.includes('..'))).toEqual([]);
  });

  test('is killed at once when its call is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const reply = shell.run('sleep 600', async () => [], controller.signal);
    setTimeout(() => controller.abort(reason), 300);
    await expect(reply).rejects.toBe(reason);
  });

  test('would find all of that in a real shell', async () => {
    const port = portOf(server);
    const script = `env; cat /etc/passwd; exec 3<>/dev/tcp/127.0.0.1/${port}; kill -0 $PPID && echo parent`;
    const { stdout } = await promisify(execFile)('/bin/bash', ['-c', script]);
    expect(stdout).toMatch(/canary-in-the-environment[\s\S]*root:[\s\S]*parent\n$/);
    await expect.poll(() => connections).toBe(1);
  });

  test('leaves no process running', async () => {
    // One that was killed is gone a moment later.
    await expect.poll(() => process.getActiveResourcesInfo(), { timeout: 10_000 }).not.toContain('ProcessWrap');
  });

  test('never held this process up', async () => {
    const { p99Ms, maxMs } = await loop.stop('the shell is attacked');
    expect(p99Ms).toBeLessThan(maxMs);
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
