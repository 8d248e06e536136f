import { buffer } from 'node:stream/consumers';
import { cutOff } from '../child/cut-off.ts';
import { runScript } from './guest.ts';
import { parseRequest, toLines } from './protocol.ts';

// The program of the child process: one request on stdin, one reply on stdout, and the end.
cutOff();
const { written, ...rest } = await runScript(await parseRequest(await buffer(process.stdin)));
for (const line of toLines(rest, written)) process.stdout.write(line);
// Without waiting for whatever the script has left running.
process.stdout.write('', () => process.exit(0));
