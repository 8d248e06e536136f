import type { JsonValue } from './json.ts';

/**
 * The neutral conversation: what every provider adapter translates to and from, and what the journal stores.
 * A provider's own wire format never leaves its adapter.
 */
export type TextPart = { type: 'text'; text: string };

/** The model asks for a tool. `inputError` is set when the arguments were not valid JSON; the tool is then not run. */
export type ToolCallPart = {
  type: 'tool_call';
  id: string;
  name: string;
  input: JsonValue;
  inputError?: string;
};

/** A provider's reasoning block, kept as it came and handed back only to the provider that wrote it. */
export type ReasoningPart = { type: 'reasoning'; provider: string; data: JsonValue };

export type UserMessage = { role: 'user'; content: TextPart[] };
export type AssistantMessage = { role: 'assistant'; content: (TextPart | ToolCallPart | ReasoningPart)[] };

/**
 * What a tool call came back with. `truncated`: the full output is stored beside it. `untrusted`: strangers may have
 * written it; the model is shown it marked, and from the next step on consequential tools need approval.
 */
export type ToolResult = {
  toolCallId: string;
  name: string;
  content: string;
  isError: boolean;
  truncated: boolean;
  untrusted: boolean;
};
export type ToolMessage = { role: 'tool'; results: ToolResult[] };

export type Message = UserMessage | AssistantMessage | ToolMessage;

export function textOf(message: AssistantMessage): string {
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

export function toolCallsOf(message: AssistantMessage): ToolCallPart[] {
  return message.content.filter((part) => part.type === 'tool_call');
}
