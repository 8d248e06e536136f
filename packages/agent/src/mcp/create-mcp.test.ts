import type { JsonValue } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createAgentPool } from '../agent-pool.ts';
import { createToolContext } from '../testing/tool-context.ts';
import { createTool } from '../testing/tools.ts';
import { createMcp, type McpOptions } from './create-mcp.ts';
import type { McpFetch, McpServer } from './server.ts';
import { createHttpStub } from './testing/http-stub.ts';
import { withMcpTools } from './with-mcp-tools.ts';

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

  test('are all there but for those that are not what a tool is, which say so, to the log as well', async () => {
    const deep: JsonValue = JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`);
    const inputSchema = { type: 'object' };
    const { fetch } = createHttpStub(() => [
      'look',
      { name: 'untyped', inputSchema: {} },
      { name: 'listed', inputSchema: [] },
      { name: 'deep', inputSchema: { ...inputSchema, deep } },
      { name: 'a.b', inputSchema },
      { name: 'a_b', inputSchema },
      { name: 'told', inputSchema, outputSchema: 'what', icons: 7, annotations: [] },
      { inputSchema },
      [],
    ]);
    const told: [string, readonly string[]][] = [];
    const onUnfit = (server: string, problems: readonly string[]) => void told.push([server, problems]);
    const mcp = open({ servers: [shared], fetch, onUnfit });
    const role = { tools: ['docs__*'] };
    await mcp.open([role], never);
    await using opened = await mcp.open([role], never);
    const tools = opened.of(role);
    const answer = async (name: string) => {
      const tool = tools.get(`docs__${name}`);
      return tool && 'run' in tool ? tool.run({}, context) : null;
    };
    expect(await answer('look')).toBe('look of https://shared.example/mcp');
    expect(await answer('told')).toBe('told of https://shared.example/mcp');
    await expect(answer('untyped')).rejects.toThrow(/The MCP server docs has a tool "untyped" .*type/s);
    await expect(answer('listed')).rejects.toThrow(/"listed"/);
    await expect(answer('deep')).rejects.toThrow(/"deep" .* nested too deep/);
    await expect(answer('a_b')).rejects.toThrow(/"a\.b", "a_b"/);
    expect([...tools.keys()].toSorted()).toEqual(
      ['a_b', 'deep', 'listed', 'look', 'told', 'untyped'].map((name) => `docs__${name}`),
    );
    expect(told).toEqual([['docs', expect.arrayContaining([expect.stringContaining('"untyped"')])]]);
    await mcp.close();
  });

  test('are believed what they say of their tools only where whoever named them vouches for them', async () => {
    const annotations = { readOnlyHint: true };
    const { fetch } = createHttpStub(() => [{ name: 'look', inputSchema: { type: 'object' }, annotations }]);
    const trusted: McpServer = { ...shared, name: 'ours', trustAnnotations: true };
    const entry = { name: 'mine__look', mcp: 'https://mine.example/mcp' };
    const vouched = { name: 'yours__look', mcp: 'https://yours.example/mcp', trustAnnotations: true };
    const role = {
      tools: ['docs__look', 'ours__look', 'mine__look', 'yours__look'],
      declaredTools: [entry, vouched],
    };
    await using mcp = await open({ servers: [shared, trusted], fetch, fetchNamed: fetch }).open([role], never);
    const consequential = role.tools.map((name) => {
      const tool = mcp.of(role).get(name);
      return tool && 'run' in tool ? tool.consequential : null;
    });
    expect(consequential).toEqual([true, false, true, false]);
  });

  test('have the tools that a role names wherever they are on a long list, and say so where they have them not', async () => {
    const { fetch } = createHttpStub(() => Array.from({ length: 300 }, (_, index) => `t${index}`));
    const named = { tools: ['docs__t250', 'docs__nope'] };
    const all = { tools: ['docs__*', 'docs__t299', 'docs__nope'] };
    await using mcp = await open({ servers: [shared], fetch }).open([named, all], never);
    const answer = async (role: typeof named, name: string) => {
      const tool = mcp.of(role).get(name);
      return tool && 'run' in tool ? tool.run({}, context) : null;
    };
    expect([...mcp.of(named).keys()]).toEqual(named.tools);
    expect(await answer(named, 'docs__t250')).toBe('t250 of https://shared.example/mcp');
    await expect(answer(named, 'docs__nope')).rejects.toThrow(
      'The MCP server docs has no tool that is called docs__nope here',
    );
    const shown = [...mcp.of(all).keys()];
    expect(shown).toHaveLength(200);
    expect(shown).toEqual(expect.arrayContaining(['docs__t299', 'docs__nope', 'docs__t0']));
  });

  test('take the place of no tool that an agent has of its own', async () => {
    const { fetch } = createHttpStub(() => ['look', 'see']);
    const own = createTool('docs__look', async () => 'our own');
    const role = { tools: ['docs__look', 'docs__see'] };
    await using mcp = await open({ servers: [shared], fetch }).open([role], never);
    const agents = withMcpTools(createAgentPool({ tools: new Map([[own.name, own]]) }), mcp);
    const { tools, definitions } = agents.of(role);
    expect(tools.get('docs__look')).toBe(own);
    expect(definitions.map(({ name }) => name)).toEqual(['docs__look', 'docs__see']);
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
