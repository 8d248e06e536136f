import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMcpServers } from './read-mcp-servers.ts';

const reference = (name: string) => ['$', `{${name}}`].join('');

async function load(content: unknown, env: NodeJS.ProcessEnv = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-mcp-'));
  try {
    const path = join(dir, 'servers.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return readMcpServers(path, env);
  } finally {
    await rm(dir, { recursive: true });
  }
}

describe('the file of MCP servers', () => {
  it('gives programs PATH and what it says, and resolves what it names', async () => {
    const mcpServers = {
      docs: { command: 'docs-server', args: ['--stdio'], env: { TOKEN: `Bearer ${reference('DOCS_TOKEN')}` } },
      search: {
        url: 'https://search.example/mcp',
        headers: { authorization: reference('DOCS_TOKEN') },
        trustAnnotations: true,
      },
    };
    expect(await load({ mcpServers }, { PATH: '/bin', DOCS_TOKEN: 'secret', DATABASE_URL: 'postgres://' })).toEqual({
      servers: [
        {
          name: 'docs',
          command: 'docs-server',
          args: ['--stdio'],
          env: { PATH: '/bin', TOKEN: 'Bearer secret' },
          // A server is believed only where its operator says so.
          trustAnnotations: false,
        },
        {
          name: 'search',
          url: 'https://search.example/mcp',
          headers: { authorization: 'secret' },
          trustAnnotations: true,
        },
      ],
      secrets: new Map([['DOCS_TOKEN', 'secret']]),
    });
  });

  it.each([
    ['no JSON', '{', /must be the path of a readable file of JSON/],
    ['a name that could not begin a tool’s', { mcpServers: { My_Docs: { command: 'x' } } }, /must be made of a to z/],
    [
      'a server that is neither',
      { mcpServers: { docs: { command: 'x', url: 'https://x.example' } } },
      /either command/,
    ],
    [
      'a trust that is none',
      { mcpServers: { docs: { command: 'x', trustAnnotations: 'yes' } } },
      /trustAnnotations true/,
    ],
    [
      'a variable that is not set',
      { mcpServers: { docs: { command: 'x', env: { A: reference('NO') } } } },
      /names variables that are not set: NO/,
    ],
  ])('is refused with %s', async (_, content, message) => {
    await expect(load(content)).rejects.toThrow(message);
  });
});
