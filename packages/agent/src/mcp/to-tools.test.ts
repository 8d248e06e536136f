import type { CallToolResult } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { createToolContext } from '../testing/tool-context.ts';
import { absentTools, toTools } from './to-tools.ts';

const inputSchema = { type: 'object' as const };
const context = createToolContext();

/** A tool of a server that answers with this. */
function toolOf(result: CallToolResult) {
  const [tool] = toTools('docs', [{ name: 'search.all', inputSchema }], { call: async () => result });
  if (!tool) throw new Error('no tool');
  return tool;
}

describe('the tools of a server', () => {
  test('have its name before theirs, and no character that a provider would refuse', () => {
    expect(toolOf({ content: [] }).name).toBe('docs__search_all');
  });

  test('are repeated after a crash only where they say that this does no harm', () => {
    const listed = [{}, { readOnlyHint: true }, { idempotentHint: true }, { destructiveHint: true }].map(
      (annotations, index) => ({ name: `t${index}`, inputSchema, annotations }),
    );
    const tools = toTools('docs', listed, { call: async () => ({ content: [] }) });
    expect(tools.map(({ idempotent }) => idempotent)).toEqual([false, true, true, false]);
  });

  test('are consequential unless they say that they only read or destroy nothing', () => {
    const said = [undefined, {}, { readOnlyHint: true }, { destructiveHint: false }, { destructiveHint: true }];
    const listed = said.map((annotations, index) => ({
      name: `t${index}`,
      inputSchema,
      ...(annotations && { annotations }),
    }));
    const tools = toTools('docs', listed, { call: async () => ({ content: [] }) });
    expect(tools.map(({ consequential }) => consequential)).toEqual([true, true, false, false, true]);
  });

  test('are left out where they would not fit into a request', () => {
    const listed = [
      { name: 'x'.repeat(60), inputSchema },
      { name: 'big', inputSchema: { ...inputSchema, description: 'x'.repeat(20_000) } },
      { name: 'good', inputSchema },
    ];
    const tools = toTools('docs', listed, { call: async () => ({ content: [] }) });
    expect(tools.map(({ name }) => name)).toEqual(['docs__good']);
  });

  test.each<[CallToolResult, string]>([
    [
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'a\nb',
    ],
    [{ content: [], structuredContent: { a: 1 } }, '{"a":1}'],
    [{ content: [] }, '[no output]'],
    [{ content: [{ type: 'image', mimeType: 'image/png', data: 'AAAA' }] }, '[image, image/png, 3 bytes; not shown]'],
    [{ content: [{ type: 'resource_link', name: 'n', uri: 'u:1' }] }, '[resource n: u:1]'],
    [{ content: [{ type: 'resource', resource: { uri: 'u:1', text: 'inside' } }] }, 'inside'],
  ])('answer %j with text', async (result, text) => {
    expect(await toolOf(result).run({}, context)).toBe(text);
  });

  test('that failed say so', async () => {
    const result: CallToolResult = { content: [{ type: 'text', text: 'no such page' }], isError: true };
    await expect(toolOf(result).run({}, context)).rejects.toThrow('no such page');
  });

  test('of a server that cannot be reached are there, and tell why when they are called', async () => {
    const [named, all, ...others] = absentTools(
      'docs',
      ['docs__a', 'docs__*', 'other__b', 'calculator'],
      'It is down.',
    );
    expect([named?.name, all?.name, others]).toEqual(['docs__a', 'docs__unavailable', []]);
    await expect(all?.run({}, context)).rejects.toThrow('It is down.');
  });
});
