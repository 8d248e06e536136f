import { text } from 'node:stream/consumers';
import { cutOff } from '../child/cut-off.ts';
import { runScript } from './guest.ts';
import { parseRequest } from './protocol.ts';

// The program of the child process: one request on stdin, one reply on stdout, and the end.
cutOff();
const reply = await runScript(parseRequest(await text(process.stdin)));
// Without waiting for whatever the script has left running.
process.stdout.write(JSON.stringify(reply), () => process.exit(0));
