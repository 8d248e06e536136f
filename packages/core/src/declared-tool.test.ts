import { describe, expect, it } from 'vitest';
import { toolsSchema } from './declared-tool.ts';

const tool = { name: 'stock', description: 'Tells how many there are', inputSchema: { type: 'object' } };
const url = 'https://shop.example/stock';

describe('the tools of an agent or a mission', () => {
  it('are kept as they were given, without defaults that a later release would have to honour', () => {
    const tools = ['calculator', tool, { ...tool, name: 'buy', url, needsApproval: true, timeoutMs: 5_000 }];
    expect(toolsSchema.parse(tools)).toEqual(tools);
  });

  it.each([
    ['a built-in tool’s name', [{ ...tool, name: 'calculator' }], '0.name'],
    ['a name that models cannot say', [{ ...tool, name: 'stock level' }], '0.name'],
    ['a name twice', [tool, 'calculator', { ...tool, url }], '2.name'],
    ['no description', [{ ...tool, description: '' }], '0.description'],
    ['a schema of no object', [{ ...tool, inputSchema: { type: 'array' } }], '0.inputSchema.type'],
    [
      'a schema that would not be understood',
      [{ ...tool, inputSchema: { type: 'object', $ref: '#' } }],
      '0.inputSchema.$ref',
    ],
    ['a time that only a call has', [{ ...tool, timeoutMs: 1_000 }], '0.timeoutMs'],
    ['a repetition that only a call has', [{ ...tool, idempotent: true }], '0.idempotent'],
    ['a time that only an answer has', [{ ...tool, url, answerWithinSeconds: 1 }], '0.answerWithinSeconds'],
    ['more time than there is', [{ ...tool, url, timeoutMs: 300_001 }], '0.timeoutMs'],
    ['a misspelt field', [{ ...tool, uri: url }], '0'],
    ['too many', Array.from({ length: 65 }, (_, n) => `tool-${n}`), ''],
    [
      'too much',
      Array.from({ length: 30 }, (_, n) => ({ ...tool, name: `t${n}`, description: 'x'.repeat(4_000) })),
      '',
    ],
  ])('are refused with %s', (_, tools, path) => {
    const issues = toolsSchema.safeParse(tools).error?.issues ?? [];
    const paths = issues.flatMap((issue) =>
      issue.code === 'invalid_union'
        ? issue.errors.flat().map((inner) => [...issue.path, ...inner.path])
        : [issue.path],
    );
    expect(paths.map((one) => one.join('.'))).toContain(path);
  });
});
