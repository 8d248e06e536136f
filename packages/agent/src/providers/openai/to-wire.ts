import type { AssistantMessage, JsonObject, Message } from '@flotilla/core';
import { textOf, toolCallsOf } from '@flotilla/core';
import type OpenAI from 'openai';
import type { ModelRequest, ToolDefinition } from '../../provider.ts';
import { isJsonObject, toWireInput } from '../tool-input.ts';
import { needsResponses, type WireDialect } from './dialect.ts';

type WireMessage = OpenAI.ChatCompletionMessageParam;

/** The neutral request as Chat Completions takes it. */
export function toWire(request: ModelRequest, dialect: WireDialect): OpenAI.ChatCompletionCreateParamsStreaming {
  const tools = request.tools.map(toTool);
  const { temperature } = request.options;
  const effort = effortOf(request, dialect);
  return {
    model: request.model,
    stream: true,
    stream_options: { include_usage: true },
    [dialect.maxTokensField]: request.maxOutputTokens,
    messages: [
      ...(request.system ? [{ role: 'system' as const, content: request.system }] : []),
      ...request.messages.flatMap(toMessages),
    ],
    ...(tools.length > 0 && { tools }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(request.outputSchema && dialect.isOpenai && { response_format: toFormat(request.outputSchema) }),
    ...(temperature !== undefined && { temperature }),
  };
}

/** Models that call tools through Responses only can do so here when they do not reason. */
function effortOf(
  { model, tools, options }: ModelRequest,
  { isOpenai }: WireDialect,
): OpenAI.ReasoningEffort | undefined {
  return tools.length > 0 && isOpenai && needsResponses(model) ? 'none' : options.reasoningEffort;
}

/** Not `strict`: that takes only schemas which name every property as required and allow no other. */
function toFormat(schema: JsonObject): OpenAI.ResponseFormatJSONSchema {
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: false } };
}

function toTool(tool: ToolDefinition): OpenAI.ChatCompletionTool {
  const { name, description, inputSchema } = tool;
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}

function toMessages(message: Message): WireMessage[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.content.map((part) => part.text).join('\n\n') }];
    case 'assistant':
      return [toAssistant(message)];
    case 'tool':
      return message.results.map((result) => ({
        role: 'tool',
        tool_call_id: result.toolCallId,
        // There is no field that says so.
        content: result.isError ? `Error: ${result.content}` : result.content,
      }));
  }
}

/** Content may be absent beside tool calls only; some servers refuse an empty list of calls. */
function toAssistant(message: AssistantMessage): WireMessage {
  const calls = toolCallsOf(message).map((call) => ({
    type: 'function' as const,
    id: call.id,
    function: { name: call.name, arguments: JSON.stringify(toWireInput(call)) },
  }));
  const text = textOf(message);
  return {
    role: 'assistant',
    content: text || calls.length === 0 ? text : null,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...toReasoning(message),
  };
}

/**
 * Compatible servers show their models' reasoning under a field of their own, and several (DeepSeek, xAI, Kimi) want
 * it back between tool calls: it goes back under the name it came with. OpenAI itself never sends any.
 */
function toReasoning(message: AssistantMessage): Record<string, string> {
  for (const part of message.content) {
    if (part.type !== 'reasoning' || part.provider !== 'openai' || !isJsonObject(part.data)) continue;
    const { field, text } = part.data;
    if (typeof field === 'string' && typeof text === 'string') return { [field]: text };
  }
  return {};
}
