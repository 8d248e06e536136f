import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchLoopDelay } from '../testing/loop-delay.ts';
import { createPython } from './python.ts';

/** One for all, since its first start is the dear one. */
const python = createPython({ runMs: 12_000 });
const never = new AbortController().signal;
const run = (code: string) => python.run(code, never);

describe('a Python script', { timeout: 120_000 }, () => {
  test('comes back with what it printed and the value of its last expression', async () => {
    const code = 'import json, statistics\nprint("é", end="")\nprint(json.dumps([1]))\nstatistics.mean([1, 2, 6])';
    expect(await run(code)).toEqual({ printed: 'é[1]\n', ok: true, value: '3' });
  });

  test('that fails says why and where, and shows what it had printed', async () => {
    const reply = await run('import sys\nprint("before", file=sys.stderr)\n1 / 0');
    expect(reply).toMatchObject({ printed: 'before\n', ok: false });
    expect(reply.value).toMatch(/^Traceback.*\n {2}File "script.py", line 3, in <module>[\s\S]*ZeroDivisionError/);
  });

  test('leaves nothing behind for the next, whatever it changed', async () => {
    await run(
      'import builtins, sys, os\nbuiltins.len = lambda of: 7\nsys.left = left = 1\nopen("/tmp/left", "w").write("x")',
    );
    const found = await run(
      'import os, sys\n[len([]), hasattr(sys, "left"), "left" in globals(), os.path.exists("/tmp/left")]',
    );
    expect(found.value).toBe('[0, False, False, False]');
  });
});

/** Ways out, each with what it brings back where nothing is in its way. */
const ATTACKS = `
def ways(port):
    def environment():
        import js
        return js.process.env.PYTHON_CANARY
    def host_file():
        import pyodide_js
        pyodide_js.mountNodeFS('/mnt', '/etc')
        return open('/mnt/passwd').read()[:4]
    def host_program():
        import js
        return js.process.getBuiltinModule('child_process').spawnSync('true').status
    def javascript():
        from pyodide.code import run_js
        return run_js('typeof process')
    def constructor():
        from pyodide.ffi import to_js
        return to_js([1]).constructor.constructor('return typeof process')()
    def parent():
        import js
        return js.process.kill(js.process.ppid, 0)
    def network():
        import js
        js.fetch(f'http://127.0.0.1:{port}/')
        return 'sent'
    return [environment, host_file, host_program, javascript, constructor, parent, network]

def attempt(way):
    try:
        return f'{way.__name__}={way()}'
    except BaseException:
        return None

def open_ways(port):
    return ' '.join(filter(None, map(attempt, ways(port))))
`;

describe('a hostile Python script', { timeout: 180_000 }, () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const loop = watchLoopDelay();
  let port = 0;
  beforeAll(async () => {
    process.env['PYTHON_CANARY'] = 'canary';
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });
  afterAll(() => server.close());

  test('finds every way out of Pyodide closed', async () => {
    expect(await run(`${ATTACKS}\nopen_ways(${port})`)).toEqual({ printed: '', ok: true, value: '' });
    expect(connections).toBe(0);
  });

  test('would find them open in Pyodide as it comes', async () => {
    const before = connections;
    const program = `
      import { loadPyodide } from 'pyodide';
      const python = await loadPyodide();
      console.log(python.runPython(${JSON.stringify(`${ATTACKS}\nopen_ways(${port})`)}));
      setTimeout(() => process.exit(), 1_000);`;
    const args = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
    expect(stdout.trim()).toBe(
      'environment=canary host_file=root host_program=0 javascript=object constructor=object parent=True network=sent',
    );
    expect(connections - before).toBe(1);
  });

  test('finds no machine under it', async () => {
    const before = connections;
    const code = `
import glob, os, socket, subprocess, threading
tried = {
    'fork': os.fork,
    'program': lambda: subprocess.run(['id']),
    'thread': lambda: threading.Thread(target=print).start(),
    'socket': lambda: socket.create_connection(('127.0.0.1', ${port}), timeout=1),
    'metadata': lambda: socket.create_connection(('169.254.169.254', 80), timeout=1),
    'parent': lambda: os.kill(os.getppid(), 9),
    'passwd': lambda: open('/etc/passwd').read(),
    'environ': lambda: open('/proc/self/environ').read(),
    'init': lambda: open('/proc/1/environ').read(),
    'secrets': lambda: os.listdir('/var/run/secrets'),
    'hard link': lambda: os.link('/etc/passwd', '/tmp/passwd'),
    'through a link': lambda: (os.symlink('/etc/passwd', '/tmp/link'), open('/tmp/link').read()),
}
for name, way in tried.items():
    try:
        way()
        print(name)
    except (OSError, RuntimeError, AttributeError):
        pass
[glob.glob('/*'), [name for name, value in os.environ.items() if 'canary' in value or '/work' in value or 'node' in value]]`;
    const { printed, value } = await run(code);
    expect(printed).toBe('');
    expect(value).toBe("[['/tmp', '/home', '/dev', '/proc', '/lib'], []]");
    expect(connections).toBe(before);
  });

  test('that starts a program by a shell ends with that', async () => {
    expect((await run('import os\nos.system("echo ran")')).ok).toBe(false);
  });

  test('gets no more memory than there is for it', async () => {
    expect(await run('len(bytearray(50_000_000))')).toMatchObject({ ok: true });
    const reply = await run('bytearray(600_000_000)');
    expect(reply).toMatchObject({ ok: false, value: expect.stringMatching(/MemoryError$/) });
    expect((await run('bytearray(10_000_000_000)')).ok).toBe(false);
  });

  test('that never ends is stopped, and what it printed first is kept, cut', async () => {
    const code = `import time
print("before")
try:
    for line in range(10_000): print("x" * 100)
    time.sleep(1e6)
except BaseException: pass`;
    const reply = await run(code);
    expect(reply).toMatchObject({ ok: false, value: 'The script was stopped after 12 s' });
    expect(reply.printed).toMatch(/^before\n/);
    expect(reply.printed.length).toBeLessThan(300_000);
  });

  test('is killed at once when its call is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const reply = python.run('while True: pass', controller.signal);
    setTimeout(() => controller.abort(reason), 1_000);
    await expect(reply).rejects.toBe(reason);
  });

  test('never held this process up', async () => {
    const { p99Ms, maxMs } = await loop.stop('Python is attacked');
    expect(p99Ms).toBeLessThan(maxMs);
  });
});
