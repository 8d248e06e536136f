import { buffer } from 'node:stream/consumers';
import { cutOff } from '../child/cut-off.ts';
import { createGuest } from './guest.ts';
import { parseRequest } from './protocol.ts';
import { readBytes } from './read-bytes.ts';

// The program of the child process: on stdin the snapshot it starts from, in time one request; on stdout the reply.
const [length = 0] = new Uint32Array((await readBytes(process.stdin, 4)).buffer);
const snapshot = await readBytes(process.stdin, length);
const run = await createGuest(length === 0 ? null : snapshot);
cutOff();
// The first word: it is ready.
process.stdout.write('\n');
const text = (await buffer(process.stdin)).toString('utf8');
// Whoever started it in advance has gone.
if (text === '') process.exit(0);
run(parseRequest(text), (line) => process.stdout.write(`${JSON.stringify(line)}\n`));
process.stdout.write('', () => process.exit(0));
