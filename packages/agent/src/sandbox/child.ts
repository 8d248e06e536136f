import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { cutOff } from '../child/cut-off.ts';
import { runGuest } from './guest.ts';
import { parseRequest } from './protocol.ts';

// The program of the child process: one request on stdin, one reply on stdout, and the end.
cutOff();
const [, , wasmPath = ''] = process.argv;
const request = parseRequest(await text(process.stdin));
const reply = await runGuest(readFileSync(wasmPath), request);
// Without waiting for anything the VM may have left behind.
process.stdout.write(`${JSON.stringify(reply)}\n`, () => process.exit(0));
