import type { JSONRPCMessage, Tool, Transport } from '@modelcontextprotocol/client';
import { z } from 'zod';

/** Where a tool that was sifted out says why. */
const PROBLEM = 'flotilla/problem';

/** Deeper than any schema that a model is shown. */
const DEPTH_MAX = 64;

const siftedSchema = z.object({ _meta: z.object({ [PROBLEM]: z.string() }) });

const hint = z.boolean().optional();
/**
 * What is used of a tool. All else is left away, whatever it is: an output schema would be held against what the tool
 * returns, and an expression in it may have been made to run for hours.
 */
const toolSchema = z.object({
  name: z.string().min(1),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: z.looseObject({
    $schema: z.string().optional(),
    type: z.literal('object'),
    properties: z.record(z.string(), z.json()).optional(),
    required: z.array(z.string()).optional(),
  }),
  annotations: z
    .object({ readOnlyHint: hint, destructiveHint: hint, idempotentHint: hint })
    .optional()
    .catch(undefined),
});

/**
 * Lets a list of tools through with those tools only that are what the protocol says a tool is, and an empty one with its
 * problem in the place of each other: the client takes a list as a whole, and one bad tool would cost all of them.
 */
export function siftTools(transport: Transport): Transport {
  let deliver: Transport['onmessage'];
  Object.defineProperty(transport, 'onmessage', {
    get: () => deliver,
    set(handler: Transport['onmessage']) {
      deliver = handler && ((message, extra) => handler(sift(message), extra));
    },
  });
  return transport;
}

/** What is wrong with a tool that was sifted out; `null`: it was not. */
export function problemOf({ _meta }: Tool): string | null {
  const problem = _meta?.[PROBLEM];
  return typeof problem === 'string' ? problem : null;
}

function sift<Message extends JSONRPCMessage>(message: Message): Message {
  if (!('result' in message) || !isListing(message.result)) return message;
  return { ...message, result: { ...message.result, tools: message.result.tools.map(toTool) } };
}

function isListing(result: object): result is { tools: unknown[] } {
  return 'tools' in result && Array.isArray(result.tools);
}

function toTool(listed: unknown): object {
  if (isDeeper(listed, DEPTH_MAX)) return empty(listed, 'it is nested too deep');
  // A handler may be set in front of another: what has been sifted comes by a second time.
  const sifted = siftedSchema.safeParse(listed);
  if (sifted.success) return empty(listed, sifted.data._meta[PROBLEM]);
  const parsed = toolSchema.safeParse(listed);
  return parsed.success ? parsed.data : empty(listed, z.prettifyError(parsed.error));
}

function empty(listed: unknown, problem: string): object {
  const isNamed = typeof listed === 'object' && listed !== null && 'name' in listed && typeof listed.name === 'string';
  return { name: isNamed ? listed.name : '', inputSchema: { type: 'object' }, _meta: { [PROBLEM]: problem } };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
