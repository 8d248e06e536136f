import type { CallableTool, JsonObject } from '@flotilla/core';
import { z } from 'zod';
import { createSchemaCheck } from '../../schema-check/schema-check.ts';
import type { Tool } from '../../tool.ts';
import { callHttpTool, type PostTool } from './http-tool.ts';

/**
 * The tool that an agent or a mission has declared: called at its URL, or, without one, left to the mission's client,
 * whose answer is its result. Its arguments are checked here, whatever the model makes of its schema.
 */
export function createDeclaredTool(declared: CallableTool, { post }: { post: PostTool }): Tool {
  const { name, description, inputSchema, untrusted = true, url } = declared;
  const described = { name, description, inputSchema, untrusted, check: createCheck(inputSchema) };
  if (url === undefined) {
    const { answerWithinSeconds } = declared;
    const expiresInMs = answerWithinSeconds === undefined ? {} : { expiresInMs: answerWithinSeconds * 1_000 };
    return {
      ...described,
      park: (input) => ({
        kind: 'tool',
        request: { tool: name, description, arguments: z.json().parse(input) },
        ...expiresInMs,
      }),
    };
  }
  const { idempotent = false, consequential = false, needsApproval = false, timeoutMs = null } = declared;
  return {
    ...described,
    idempotent,
    consequential,
    timeoutMs,
    needsApproval: () => needsApproval,
    async run(input, context) {
      const { text, isError } = await callHttpTool({ name, url, input: z.json().parse(input), context }, post);
      if (isError) throw new Error(text);
      return text;
    },
  };
}

/** The schema is compiled when it is first needed: most tools of most missions are never called. */
function createCheck(inputSchema: JsonObject): Tool['check'] {
  let check: ReturnType<typeof createSchemaCheck> | undefined;
  return (input) => {
    check ??= createSchemaCheck(inputSchema);
    const verdict = check(input);
    return verdict.kind === 'valid' ? null : verdict.problem;
  };
}
