import { z } from 'zod';
import {
  DECLARED_TOOLS_MAX_CHARS,
  TOOL_ANSWER_MAX_SECONDS,
  TOOL_DESCRIPTION_MAX_CHARS,
  TOOL_TIMEOUT_MAX_MS,
  TOOLS_MAX,
} from './limits.ts';
import { type McpTools, mcpToolsSchema, splitMcpTool } from './mcp.ts';
import { outputSchemaSchema } from './output-schema.ts';
import { storableText } from './storable-text.ts';
import { SIM_TOOL_NAME, TOOL_NAMES } from './tool-names.ts';

/** What a tool may be called: what the APIs of Anthropic and OpenAI both take for the name of one. */
export const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

const BUILT_IN: ReadonlySet<string> = new Set([...TOOL_NAMES, SIM_TOOL_NAME]);

/** What only a tool with a `url` has, since it is made by us; and what only one without has, since its client makes it. */
const OF_A_CALL = ['idempotent', 'consequential', 'needsApproval', 'timeoutMs'] as const;
const OF_AN_ANSWER = ['answerWithinSeconds'] as const;

const callableToolSchema = z
  .strictObject({
    name: z
      .string()
      .regex(TOOL_NAME, { error: 'must be 1 to 64 of the characters a to z, A to Z, 0 to 9, _ and -' })
      .refine((name) => !BUILT_IN.has(name), { error: 'is the name of a built-in tool' }),
    description: storableText(TOOL_DESCRIPTION_MAX_CHARS),
    /** What its arguments have to be, as JSON Schema. */
    inputSchema: outputSchemaSchema.refine(({ type }) => type === 'object', {
      path: ['type'],
      error: 'must be "object": the arguments of a tool are one',
    }),
    untrusted: z.boolean().optional().describe('false: nobody else’s words come out of it.'),
    url: storableText(2_000)
      .optional()
      .describe(
        'Where it is called with a POST. Without one the mission waits, and whoever watches it answers the call.',
      ),
    idempotent: z
      .boolean()
      .optional()
      .describe('A call that a crash cut off may simply be made again, under the same key.'),
    consequential: z
      .boolean()
      .optional()
      .describe('Once untrusted content is in the context, somebody has to approve each call of it.'),
    needsApproval: z.boolean().optional(),
    timeoutMs: z.int().min(1).max(TOOL_TIMEOUT_MAX_MS).optional(),
    answerWithinSeconds: z.int().min(1).max(TOOL_ANSWER_MAX_SECONDS).optional(),
  })
  .superRefine((tool, context) => {
    const [inVain, why] =
      tool.url === undefined
        ? [OF_A_CALL, 'is only for a tool with a url']
        : [OF_AN_ANSWER, 'is not for a tool with a url'];
    for (const field of inVain) {
      if (tool[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message: why });
    }
  })
  .meta({ id: 'CallableTool' });

/**
 * A tool that an agent or a mission brings along. With a `url` it is called there; without one the mission waits with the
 * call until it is answered.
 */
export type CallableTool = z.infer<typeof callableToolSchema>;

/** What an agent or a mission brings along: one tool, or those of an MCP server. */
export type DeclaredTool = CallableTool | McpTools;

/** Which of the two it is meant to be is said by `mcp`, and only by that form is it judged. */
export const declaredToolSchema = z
  .preprocess(
    (value, context): unknown => {
      const isOfServer = typeof value === 'object' && value !== null && 'mcp' in value;
      const parsed = (isOfServer ? mcpToolsSchema : callableToolSchema).safeParse(value, { reportInput: true });
      if (parsed.success) return value;
      for (const issue of parsed.error.issues) {
        // zod goes on after an unknown key, and would judge by the other form too.
        if (issue.code !== 'unrecognized_keys') context.addIssue({ ...issue });
        else for (const key of issue.keys) context.addIssue(unknownField([...issue.path, key]));
      }
      return z.NEVER;
    },
    z.union([callableToolSchema, mcpToolsSchema]),
  )
  .meta({ id: 'DeclaredTool' });

function unknownField(path: PropertyKey[]): z.core.$ZodRawIssue & { code: 'custom' } {
  return { code: 'custom', path, message: 'is not a known field', input: undefined };
}

/** Tools as they are asked for: the names of some, and declarations of others. */
export type AskedTools = (string | DeclaredTool)[];

export const toolsSchema = z
  .array(z.union([storableText(64), declaredToolSchema]))
  .max(TOOLS_MAX)
  .superRefine((tools, context) => {
    const names = new Set<string>();
    for (const [index, { name }] of declaredIn(tools)) {
      if (names.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'is the name of another tool of this list',
        });
      }
      names.add(name);
    }
    refuseTwoServers(tools, context);
    if (JSON.stringify(declaredIn(tools)).length > DECLARED_TOOLS_MAX_CHARS) {
      context.addIssue({
        code: 'custom',
        message: `must declare tools of at most ${DECLARED_TOOLS_MAX_CHARS} characters of JSON together`,
      });
    }
  });

/** A server has one address, and is trusted or not, however many of its tools are declared one by one. */
function refuseTwoServers(tools: AskedTools, context: z.core.$RefinementCtx): void {
  const servers = new Map<string, McpTools>();
  for (const [index, tool] of declaredIn(tools)) {
    if (!('mcp' in tool)) continue;
    const server = splitMcpTool(tool.name)?.server ?? '';
    const before = servers.get(server) ?? tool;
    servers.set(server, tool);
    const refuse = (field: keyof McpTools, message: string) =>
      context.addIssue({ code: 'custom', path: [index, field], message });
    if (before.mcp !== tool.mcp) refuse('mcp', 'is another address of the same server');
    if ((before.trustAnnotations ?? false) !== (tool.trustAnnotations ?? false)) {
      refuse('trustAnnotations', 'is said otherwise of the same server');
    }
  }
}

/** The declarations of a list, each with its place in it. */
export function declaredIn(tools: AskedTools): [index: number, tool: DeclaredTool][] {
  return tools.flatMap((tool, index): [number, DeclaredTool][] => (typeof tool === 'string' ? [] : [[index, tool]]));
}

/** The names of a list, those of the tools it declares included. */
export function nameOfTool(tool: AskedTools[number]): string {
  return typeof tool === 'string' ? tool : tool.name;
}
