import { afterAll, expect, test } from 'vitest';
import { OutcomeUnknownError } from '../outcome-unknown.ts';
import { createConnection } from './connection.ts';

/** A server of tools: one tells its process, one is slow, with one it dies, and after the last it answers nothing any more. */
const PROGRAM = `
  let isHung = false;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (isHung || id === undefined) return;
    const tell = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
    const inputSchema = { type: 'object' };
    if (method === 'initialize') {
      const serverInfo = { name: 'test', version: '1' };
      tell({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo });
    } else if (method === 'tools/list') tell({ tools: ['pid', 'slow', 'die', 'hang'].map((name) => ({ name, inputSchema })) });
    else if (method !== 'tools/call') tell({});
    else if (params.name === 'pid') tell({ content: [{ type: 'text', text: String(process.pid) }] });
    else if (params.name === 'hang') isHung = true;
    else if (params.name === 'die') process.exit(1);
  });`;

let clockMs = 0;
const lost: (string | undefined)[] = [];
const connection = createConnection(
  { name: 'test', command: process.execPath, args: ['-e', PROGRAM], env: {} },
  {
    fetch: () => Promise.reject(new Error('not over HTTP')),
    onLost: (error) => lost.push(error?.message),
    now: () => clockMs,
    pingMs: 1_000,
  },
);
afterAll(() => connection.close());

const inputSchema = { type: 'object' as const };
async function call(name: string, withinMs = 30_000): Promise<unknown> {
  const asked = { tool: { name, inputSchema }, args: {}, mayRepeat: false };
  const { content } = await connection.call(asked, AbortSignal.timeout(withinMs));
  return content[0];
}

test('a program that hangs is ended and started again; one that is only slow is left alone', {
  timeout: 60_000,
}, async () => {
  const first = await call('pid');
  await expect(call('slow', 100)).rejects.toThrow('the MCP server test was called, and its answer did not come');
  expect(await call('pid')).toEqual(first);
  await expect(call('hang', 100)).rejects.toBeInstanceOf(OutcomeUnknownError);
  await expect.poll(() => lost, { timeout: 10_000 }).toEqual(['it does not answer any more']);
  await expect(call('pid')).rejects.toThrow('it was lost, and is tried again in 1 s');
  clockMs += 1_000;
  expect(await call('pid')).not.toEqual(first);
});

test('a call with which a program dies may have had its effect, and one that it was not there for has not', {
  timeout: 60_000,
}, async () => {
  clockMs += 60_000;
  await expect(call('die')).rejects.toBeInstanceOf(OutcomeUnknownError);
  await expect(call('pid')).rejects.toThrow('The MCP server test cannot be reached: it was lost');
});
