import { describe, expect, test } from 'vitest';
import { judgeTools } from './judge-tools.ts';

const inputSchema = { type: 'object' as const };
const good = { name: 'good', inputSchema };
const judge = (...listed: Parameters<typeof judgeTools>[1]) => {
  const { fit, unfit } = judgeTools('docs', [...listed, good]);
  return { fit: fit.map(({ name }) => name), unfit };
};

describe('of the tools of a server', () => {
  test('those that would have one name are called by nobody, and each of them is named', () => {
    const { fit, unfit } = judge(
      { name: 'a.b', inputSchema },
      { name: 'a_b', inputSchema },
      { name: 'a-b', inputSchema },
    );
    expect(fit).toEqual(['docs__a-b', 'docs__good']);
    expect(unfit).toEqual([
      {
        name: 'docs__a_b',
        problem:
          'The MCP server docs has 2 tools that would all be called docs__a_b here, and none of them can be called: ' +
          '"a.b", "a_b"',
      },
    ]);
  });

  const sifted = (name: string, problem: string) => ({ name, inputSchema, _meta: { 'flotilla/problem': problem } });
  test.each([
    [
      'a name that is too long',
      { name: 'x'.repeat(60), inputSchema },
      { name: null, problem: /longer with its own than 64 .*"x{60}"/ },
    ],
    [
      'a schema that is too long',
      { name: 'big', inputSchema: { ...inputSchema, description: 'x'.repeat(20_000) } },
      { name: 'docs__big', problem: /"big" whose input schema is longer than 20000/ },
    ],
    [
      'what was sifted out',
      sifted('bad', 'no type'),
      { name: 'docs__bad', problem: /"bad" that is not described as the protocol has it: no type/ },
    ],
    [
      'no name',
      sifted('', 'no name'),
      { name: null, problem: /"" that is not described as the protocol has it: no name/ },
    ],
  ])('one with %s is left out alone', (_, tool, { name, problem }) => {
    const { fit, unfit } = judge(tool);
    expect(fit).toEqual(['docs__good']);
    expect(unfit).toEqual([{ name, problem: expect.stringMatching(problem) }]);
  });

  test('it is told where there are more than a model is shown', () => {
    const { fit, unfit } = judge(...Array.from({ length: 200 }, (_, index) => ({ name: `t${index}`, inputSchema })));
    expect(fit).toHaveLength(201);
    const problem = expect.stringContaining('201 tools, of which a role that names all is shown 200');
    expect(unfit).toEqual([{ name: null, problem }]);
  });
});
