import type { JsonValue, Message, ToolResult } from '@flotilla/core';
import { unmark } from '../../../untrusted/mark.ts';

/** What was asked last, and the results so far of the calls made for it. */
export type History = { goal: string; resultOf(tool: string, input: JsonValue): ToolResult | undefined };

/**
 * Reads a conversation. Results are found by what was called, not by call id: two tasks that need the same call
 * share it, and nothing has to be remembered between calls.
 */
export function readHistory(messages: readonly Message[]): History {
  const start = messages.findLastIndex((message) => message.role === 'user');
  const asked = messages[start];
  const goal = asked?.role === 'user' ? asked.content.map((part) => part.text).join('\n') : '';

  const callOfId = new Map<string, string>();
  const results = new Map<string, ToolResult>();
  for (const message of messages.slice(start + 1)) {
    if (message.role === 'assistant') {
      for (const part of message.content) {
        if (part.type === 'tool_call') callOfId.set(part.id, keyOf(part.name, part.input));
      }
    } else if (message.role === 'tool') {
      for (const result of message.results) {
        const key = callOfId.get(result.toolCallId);
        if (key !== undefined) results.set(key, { ...result, content: unmark(result.content) });
      }
    }
  }
  return { goal, resultOf: (tool, input) => results.get(keyOf(tool, input)) };
}

/** One call's identity. Keys are sorted, since Postgres `jsonb` gives them back in an order of its own. */
export function keyOf(tool: string, input: JsonValue): string {
  return `${tool} ${JSON.stringify(input, (_, value: JsonValue) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )}`;
}
