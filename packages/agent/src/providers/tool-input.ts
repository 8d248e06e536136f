import type { JsonObject, JsonValue, ToolCallPart } from '@flotilla/core';

/**
 * A tool call out of the text the model wrote as its arguments. Text that is not JSON makes the call an error the
 * model can mend, not the reply a failed one. No text at all is how models call a tool without parameters.
 */
export function toToolCall(call: { id: string; name: string; json: string }): ToolCallPart {
  const { id, name, json } = call;
  if (json.trim() === '') return { type: 'tool_call', id, name, input: {} };
  try {
    const input: unknown = JSON.parse(json);
    return { type: 'tool_call', id, name, input: isJson(input) ? input : {} };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    return { type: 'tool_call', id, name, input: json, inputError: `The arguments are not valid JSON: ${reason}` };
  }
}

/**
 * The arguments as a provider takes them back. Anthropic refuses anything but an object, and many servers behind an
 * OpenAI interface parse the arguments again, so what was no object goes back wrapped, under the key that Anthropic's
 * page on fine-grained tool streaming proposes for it.
 */
export function toWireInput(call: ToolCallPart): JsonObject {
  const { input } = call;
  if (isJsonObject(input)) return input;
  return { INVALID_JSON: typeof input === 'string' ? input : JSON.stringify(input) };
}

/** What `JSON.parse` returns always is. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined;
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
