import type { Step } from '@flotilla/core';
import { expect, test } from 'vitest';
import { createAgentPool } from '../agent-pool.ts';
import type { Journal } from '../journal.ts';
import { runMission } from '../run.ts';
import { Crash, crashAfter } from '../testing/crash.ts';
import { createScene } from '../testing/script.ts';
import { calls, createSpec, says, toolCall } from '../testing/spec.ts';
import { createMcp } from './create-mcp.ts';
import type { McpFetch } from './server.ts';
import { createHttpStub } from './testing/http-stub.ts';
import { withMcpTools } from './with-mcp-tools.ts';

const spec = createSpec({ tools: ['mail__send'] });
const mail = { name: 'mail', url: 'https://mail.example/mcp', headers: {} };
const has = (...tools: (string | object)[]): McpFetch => createHttpStub(() => tools).fetch;

test.each<[string, McpFetch]>([
  ['is away', () => Promise.reject(new Error('nobody is there'))],
  ['has the tool no more', has('look')],
  ['has made of the tool what nobody can call', has({ name: 'send', inputSchema: {} })],
])('a call that a crash cut off has an unknown outcome also where its server %s by then', async (_, then) => {
  const { input, journal } = createScene([calls(toolCall('mail__send')), says('ok')], [], { spec });

  /** Each run is a process of its own: it knows nothing of the server before it has asked. */
  async function run(fetch: McpFetch, resumed: { journal: Journal; steps: readonly Step[] }) {
    const mcp = createMcp({ servers: [mail], fetch, fetchNamed: fetch });
    try {
      await using opened = await mcp.open([spec], AbortSignal.timeout(30_000));
      const agents = withMcpTools(createAgentPool({ tools: new Map() }), opened);
      return await runMission({ ...input, ...resumed, agents });
    } finally {
      await mcp.close();
    }
  }

  // The reply and the start are committed, the call is made, and its result is lost.
  const crashing = run(has('send'), { journal: crashAfter(journal, 2, false), steps: [] });
  await expect(crashing).rejects.toThrow(Crash);
  expect(journal.steps[0]?.toolCalls[0]?.status).toBe('started');

  expect(await run(then, { journal, steps: journal.steps })).toEqual({ kind: 'completed', output: 'ok' });
  expect(journal.steps[0]?.toolCalls[0]?.result).toMatchObject({
    isError: true,
    content: expect.stringMatching(/^outcome_unknown: .*may or may not have had its effect/),
  });
});
