import type { JsonValue, ModelResponse, ToolCallPart } from '@flotilla/core';
import { RetryableError } from '@flotilla/core';
import type { CallCost } from './provider.ts';

/** Deeper than any tool's arguments; shallow enough for every recursive reader, Postgres' own included. */
const JSON_MAX_DEPTH = 100;

/**
 * The nearest text that Postgres can hold: `text` and `jsonb` refuse U+0000, `jsonb` refuses half of a surrogate pair,
 * and models and web pages produce both. Cleaned here, before the commit, what the model is shown in this run is what
 * it is shown after a resume.
 */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{fffd}');
}

/** @throws RangeError when the value is nested deeper than 100 levels */
function toStorableJson(value: JsonValue, depthLeft = JSON_MAX_DEPTH): JsonValue {
  if (typeof value === 'string') return toStorableText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depthLeft === 0) throw new RangeError(`nested deeper than ${JSON_MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => toStorableJson(item, depthLeft - 1));
  // `fromEntries` defines properties; an assignment to the key `__proto__` would set the prototype instead.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [toStorableText(key), toStorableJson(item, depthLeft - 1)]),
  );
}

function toStorableCall(call: ToolCallPart): ToolCallPart {
  const named = { ...call, id: toStorableText(call.id), name: toStorableText(call.name) };
  if (call.inputError !== undefined) named.inputError = toStorableText(call.inputError);
  try {
    return { ...named, input: toStorableJson(call.input) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...named, input: null, inputError: `The arguments are ${error.message}` };
  }
}

/** What Postgres' `integer` holds; more tokens than any context has. */
const TOKENS_MAX = 2_147_483_647;

/** Servers have been seen to report fractions, text and overflows; a bill is not guessed at. */
function checkUsage({ provider, usage }: CallCost): void {
  const { costMicroUsd, ...tokens } = usage;
  for (const [name, count] of Object.entries(tokens)) {
    if (Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX) continue;
    throw new RetryableError('provider_bad_response', `${provider} reported ${JSON.stringify(count)} as ${name}`);
  }
  if (costMicroUsd !== null && !Number.isSafeInteger(costMicroUsd)) {
    throw new RetryableError('provider_bad_response', `${provider} reported a usage that has no price`);
  }
}

/** What a call that has come to nothing has cost, or `null` where that is no count. */
export function toStorableCost({ provider, model, usage }: CallCost): CallCost | null {
  try {
    checkUsage({ provider, model, usage });
    return { provider, model: toStorableText(model), usage };
  } catch {
    return null;
  }
}

/** @throws {RetryableError} `provider_bad_response` for a usage that is no count */
export function toStorableResponse(response: ModelResponse): ModelResponse {
  checkUsage(response);
  const content = response.message.content.map((part) => {
    switch (part.type) {
      case 'text':
        return { ...part, text: toStorableText(part.text) };
      case 'tool_call':
        return toStorableCall(part);
      case 'reasoning':
        return { ...part, data: toStorableJson(part.data) };
    }
  });
  return { ...response, model: toStorableText(response.model), message: { role: 'assistant', content } };
}
