import type { CallToolResult } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { createToolContext } from '../testing/tool-context.ts';
import { absentTools } from './absent-tools.ts';
import type { Connection } from './connection.ts';
import { judgeTools } from './judge-tools.ts';
import { toTools } from './to-tools.ts';

const inputSchema = { type: 'object' as const };
const context = createToolContext();
const annotations = [
  undefined,
  {},
  { readOnlyHint: true },
  { idempotentHint: true },
  { destructiveHint: false },
  { destructiveHint: true },
];

/** Tools that say this of themselves, of a server that is vouched for or not. */
function toolsOf(trustAnnotations: boolean, call: Connection['call'] = async () => ({ content: [] })) {
  const listed = annotations.map((said, index) => ({
    name: `t.${index}`,
    inputSchema,
    ...(said && { annotations: said }),
  }));
  return toTools(judgeTools('docs', listed).fit, { connection: { call }, trustAnnotations });
}

/** A tool of a server that answers with this. */
function toolOf(result: CallToolResult) {
  const [tool] = toolsOf(false, async () => result);
  if (!tool) throw new Error('no tool');
  return tool;
}

describe('the tools of a server', () => {
  test('have its name before theirs, and no character that a provider would refuse', () => {
    expect(toolOf({ content: [] }).name).toBe('docs__t_0');
  });

  test('are repeated only where they say that this does no harm, and are believed', async () => {
    const repeated: boolean[] = [];
    const call: Connection['call'] = async ({ mayRepeat }) => (repeated.push(mayRepeat), { content: [] });
    const trusted = toolsOf(true, call);
    expect(trusted.map(({ idempotent }) => idempotent)).toEqual([false, false, true, true, false, false]);
    for (const tool of trusted) await tool.run({}, context);
    expect(repeated).toEqual([false, false, true, true, false, false]);
    expect(toolsOf(false).some(({ idempotent }) => idempotent)).toBe(false);
  });

  test('are consequential unless they say that they only read or destroy nothing, and are believed', () => {
    const consequential = toolsOf(true).map((tool) => tool.consequential);
    expect(consequential).toEqual([true, true, false, true, false, true]);
    expect(toolsOf(false).every((tool) => tool.consequential)).toBe(true);
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
