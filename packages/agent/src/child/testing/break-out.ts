import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { cutOff } from '../cut-off.ts';

// What a script finds that has broken out of its VM: it has all of Node. Says which of these came to something.
const [, , port = '', dir = '', isCutOff = ''] = process.argv;
if (isCutOff === 'yes') cutOff();

const ways: Record<string, () => unknown> = {
  environment: () => process.env['CHILD_CANARY'],
  file: () => readFileSync('/etc/passwd').length > 0,
  ownEnvironment: () => readFileSync('/proc/self/environ', 'utf8').includes('canary'),
  write: () => writeFileSync(`${dir}/written`, 'x') === undefined,
  link: () => symlinkSync('/etc/passwd', `${dir}/link`) === undefined,
  program: () => spawnSync('/bin/echo', ['ran']).stdout.toString() === 'ran\n',
  thread: async () => (await once(new Worker('', { eval: true }), 'exit')).length > 0,
  eval: () => typeof Reflect.construct(Function, ['return 1']) === 'function',
  socket: async () => (await once(connect(Number(port), '127.0.0.1'), 'connect')).length === 0,
  request: async () => (await fetch(`http://127.0.0.1:${port}/`)).ok,
  name: async () => (await lookup('localhost')).address !== '',
  parent: () => process.kill(process.ppid, 0),
};

const open: string[] = [];
for (const [name, way] of Object.entries(ways)) {
  try {
    if (await way()) open.push(name);
  } catch {
    // Closed.
  }
}
process.stdout.write(JSON.stringify(open), () => process.exit(0));
