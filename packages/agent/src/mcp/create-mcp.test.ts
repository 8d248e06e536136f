import { describe, expect, test } from 'vitest';
import { createToolContext } from '../testing/tool-context.ts';
import { createMcp, type McpOptions } from './create-mcp.ts';
import type { McpFetch } from './server.ts';
import { createHttpStub } from './testing/http-stub.ts';

const never = new AbortController().signal;
const context = createToolContext();
const notFetched: McpFetch = () => Promise.reject(new Error('nobody is there'));
const shared = { name: 'docs', url: 'https://shared.example/mcp', headers: {} };

const open = (options: Partial<McpOptions>) =>
  createMcp({ servers: [], fetch: notFetched, fetchNamed: notFetched, ...options });
const brings = (url: string) => ({ tools: ['docs__*'], declaredTools: [{ name: 'docs__*', mcp: url }] });

describe('the MCP servers of a mission', () => {
  test('are each the one that its role means, where two mean others by one name', async () => {
    const { fetch } = createHttpStub(() => ['look']);
    const roles = [brings('https://a.example/mcp'), brings('https://b.example/mcp'), { tools: ['docs__look'] }];
    await using mcp = await open({ servers: [shared], fetch, fetchNamed: fetch }).open(roles, never);
    const look = async (role: Parameters<typeof mcp.of>[0]) => {
      const tool = mcp.of(role).get('docs__look');
      return tool && 'run' in tool ? tool.run({}, context) : null;
    };
    const said = await Promise.all(roles.map(look));
    expect(said).toEqual([
      'look of https://a.example/mcp',
      'look of https://b.example/mcp',
      'look of https://shared.example/mcp',
    ]);
  });

  test('are told when a mission that brought them along is over', async () => {
    const { fetch, ended } = createHttpStub(() => ['look']);
    const role = brings('https://a.example/mcp');
    {
      await using mcp = await open({ fetchNamed: fetch }).open([role], never);
      expect(mcp.of(role).size).toBe(1);
    }
    await expect.poll(() => ended).toEqual(['session-1']);
  });

  test('that do not answer hold up nobody who was told to stop', async () => {
    const role = { tools: ['docs__look'] };
    const mcp = open({ servers: [shared], fetch: () => new Promise(() => undefined) });
    const stop = new AbortController();
    const opened = mcp.open([role], stop.signal);
    stop.abort(new Error('the mission was told to stop'));
    expect((await opened).of(role).get('docs__look')?.description).toMatch('told to stop');
    await mcp.close();
  });

  test('that cannot be reached are told of without what the deployment hides', async () => {
    const fetch: McpFetch = () => Promise.reject(new Error('no route to host with token s3cret'));
    const hide = (text: string) => text.replaceAll('s3cret', '[hidden]');
    const role = { tools: ['docs__look'] };
    await using mcp = await open({ servers: [shared], fetch, hide }).open([role], never);
    const tool = mcp.of(role).get('docs__look');
    expect(tool?.description).toMatch(/Cannot be used now.*\[hidden\]/);
    const said = tool && 'run' in tool ? tool.run({}, context) : null;
    await expect(said).rejects.toThrow(/^(?!.*s3cret).*\[hidden\]/);
  });
});
