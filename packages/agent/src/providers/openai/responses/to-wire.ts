import type { AssistantMessage, JsonObject, JsonValue, Message } from '@flotilla/core';
import type OpenAI from 'openai';
import type { ModelRequest, ToolDefinition } from '../../../provider.ts';
import { isJsonObject, toWireInput } from '../../tool-input.ts';
import { reasons, type WireDialect } from '../dialect.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Reasoning = OpenAI.Responses.ResponseReasoningItem;
type Phase = NonNullable<OpenAI.Responses.EasyInputMessage['phase']>;

/**
 * The neutral request as Responses takes it. Nothing is kept at the provider: what a model thought comes back encrypted,
 * is kept in the journal, and goes along with the next step.
 *
 * @see https://developers.openai.com/api/docs/guides/reasoning
 */
export function toResponsesWire(
  request: ModelRequest,
  dialect: WireDialect,
): OpenAI.Responses.ResponseCreateParamsStreaming {
  const { options, outputSchema, system } = request;
  const { temperature, reasoningEffort } = options;
  const tools = request.tools.map(toTool);
  return {
    model: request.model,
    stream: true,
    store: false,
    // Asked of a model that does not reason, it is refused.
    ...(dialect.isOpenai && reasons(request) && { include: ['reasoning.encrypted_content' as const] }),
    ...(system && { instructions: system }),
    input: request.messages.flatMap((message) => toItems(message, request.model)),
    max_output_tokens: request.maxOutputTokens,
    ...(tools.length > 0 && { tools }),
    ...(outputSchema && { text: { format: toFormat(outputSchema) } }),
    ...(reasoningEffort !== undefined && { reasoning: { effort: reasoningEffort } }),
    ...(temperature !== undefined && { temperature }),
  };
}

/** Not `strict`: that takes only schemas which name every property as required and allow no other. */
function toFormat(schema: JsonObject): OpenAI.Responses.ResponseFormatTextJSONSchemaConfig {
  return { type: 'json_schema', name: 'answer', schema, strict: false };
}

function toTool({ name, description, inputSchema }: ToolDefinition): OpenAI.Responses.FunctionTool {
  return { type: 'function', name, description, parameters: inputSchema, strict: false };
}

function toItems(message: Message, model: string): Item[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.content.map((part) => part.text).join('\n\n') }];
    case 'assistant':
      return toAssistantItems(message, model);
    case 'tool':
      return message.results.map((result) => ({
        type: 'function_call_output',
        call_id: result.toolCallId,
        // There is no field that says so.
        output: result.isError ? `Error: ${result.content}` : result.content,
      }));
  }
}

/** In the order in which they came: what was thought belongs before what was then said or called. */
function toAssistantItems(message: AssistantMessage, model: string): Item[] {
  let phase: Phase | null = null;
  return message.content.flatMap((part): Item[] => {
    switch (part.type) {
      case 'text': {
        if (part.text === '') return [];
        const said: Item = { role: 'assistant', content: part.text, ...(phase && { phase }) };
        phase = null;
        return [said];
      }
      case 'tool_call':
        return [
          {
            type: 'function_call',
            call_id: part.id,
            name: part.name,
            arguments: JSON.stringify(toWireInput(part)),
          },
        ];
      case 'reasoning':
        if (part.provider !== 'openai' || !isJsonObject(part.data)) return [];
        phase = toPhase(part.data) ?? phase;
        return toReasoning(part.data, model);
    }
  });
}

/** Encrypted reasoning can be read by the model that wrote it; another one would refuse it. */
function toReasoning({ item, model: writtenBy }: JsonObject, model: string): Reasoning[] {
  return writtenBy === model && isReasoning(item) ? [item] : [];
}

/** Without its encrypted content the item is a reference to something the provider was told not to keep. */
function isReasoning(item: JsonValue | undefined): item is JsonObject & Reasoning {
  if (item === undefined || !isJsonObject(item)) return false;
  return item.type === 'reasoning' && typeof item.encrypted_content === 'string';
}

/** Models from GPT-5.3 on say of each text whether it is the answer, and want to be told so again. */
function toPhase({ phase }: JsonObject): Phase | null {
  return phase === 'commentary' || phase === 'final_answer' ? phase : null;
}
