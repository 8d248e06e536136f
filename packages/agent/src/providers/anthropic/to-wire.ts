import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantMessage, JsonValue, Message, ToolMessage } from '@flotilla/core';
import type { ModelRequest, ToolDefinition } from '../../provider.ts';
import { isJsonObject, toWireInput } from '../tool-input.ts';

type Block = Anthropic.Messages.ContentBlockParam;
type ThinkingBlock = Anthropic.Messages.ThinkingBlockParam | Anthropic.Messages.RedactedThinkingBlockParam;

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/**
 * The neutral request as the Messages API takes it.
 *
 * Prompt caching: where the model has tools, the next step sends all of this again, so two breakpoints are set: behind
 * tools and system prompt, which other missions of the agent share, and behind the last message. Without tools this
 * is the only call, and writing to the cache would cost a quarter more for nothing.
 */
export function toWire(request: ModelRequest): Anthropic.Messages.MessageCreateParamsStreaming {
  const { reasoningEffort } = request.options;
  // Not every model can be told not to think at all.
  const effort = reasoningEffort === 'none' ? 'low' : reasoningEffort;
  const isCached = request.tools.length > 0;
  const system = isBlank(request.system ?? '') ? null : request.system;
  const tools = request.tools.map(toTool);
  const messages = request.messages
    .map((message) => toMessage(message, { keepsThinking: !request.isCut }))
    .filter((message) => message.content.length > 0);
  if (isCached) {
    markLast(messages.at(-1)?.content ?? []);
    if (!system) markLast(tools);
  }
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    stream: true,
    messages,
    ...(system && { system: [{ type: 'text' as const, text: system, ...(isCached && CACHED) }] }),
    ...(tools.length > 0 && { tools }),
    ...(effort !== undefined && { output_config: { effort } }),
  };
}

function toTool(tool: ToolDefinition): Anthropic.Messages.Tool {
  return {
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.inputSchema, type: 'object' },
  };
}

type Keeping = { keepsThinking: boolean };

function toMessage(message: Message, keeping: Keeping): { role: 'user' | 'assistant'; content: Block[] } {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content.flatMap((part) => toText(part.text)) };
    case 'assistant':
      return { role: 'assistant', content: message.content.flatMap((part) => toAssistantBlock(part, keeping)) };
    case 'tool':
      return { role: 'user', content: toResults(message) };
  }
}

/**
 * Thinking goes back exactly as it came: it is signed, and tied to everything before it. Where something of that is
 * missing, it is refused, and so all of it stays behind.
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
 */
function toAssistantBlock(part: AssistantMessage['content'][number], { keepsThinking }: Keeping): Block[] {
  switch (part.type) {
    case 'text':
      return toText(part.text);
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: toWireInput(part) }];
    case 'reasoning':
      return keepsThinking && part.provider === 'anthropic' && isThinking(part.data) ? [part.data] : [];
  }
}

function toResults(message: ToolMessage): Block[] {
  return message.results.map((result) => ({
    type: 'tool_result',
    tool_use_id: result.toolCallId,
    ...(!isBlank(result.content) && { content: result.content }),
    ...(result.isError && { is_error: true }),
  }));
}

/** The API refuses text that is empty or only white space. */
function toText(text: string): Block[] {
  return isBlank(text) ? [] : [{ type: 'text', text }];
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function isThinking(data: JsonValue): data is JsonValue & ThinkingBlock {
  return isJsonObject(data) && (data.type === 'thinking' || data.type === 'redacted_thinking');
}

/** Thinking takes no breakpoint of its own. */
function markLast(items: (Block | Anthropic.Messages.Tool)[]): void {
  const last = items.at(-1);
  if (last && last.type !== 'thinking' && last.type !== 'redacted_thinking') Object.assign(last, CACHED);
}
