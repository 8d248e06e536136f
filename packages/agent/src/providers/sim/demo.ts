import type { AssistantMessage, ModelResponse } from '@flotilla/core';
import type { Sleep } from '../../abortable.ts';
import type { CallHooks, ModelRequest } from '../../provider.ts';
import { plan } from './demo/planner.ts';
import { CHARS_PER_TOKEN, countPromptTokens, countTokens } from './tokens.ts';

type DemoDeps = { sleep: Sleep; thinkMs: number; fragmentMs: number };

/** However long an answer is, it is streamed in at most this many fragments, so that it never drags. */
const FRAGMENTS_MAX = 80;
const FRAGMENT_CHARS = 12;

/**
 * `sim/demo`: plays a model well enough for a demonstration without a key. It takes the goal apart into tasks its
 * skills recognise, calls the tools it is offered, and writes the answer from their results, or says what it cannot do.
 */
export function createDemoModel({ sleep, thinkMs, fragmentMs }: DemoDeps) {
  return async function callDemo(request: ModelRequest, { signal, onText }: CallHooks): Promise<ModelResponse> {
    signal.throwIfAborted();
    if (thinkMs > 0) await sleep(thinkMs, signal);

    const next = plan(request.messages, new Set(request.tools.map((tool) => tool.name)));
    if (next.kind === 'calls') {
      const content = next.calls.map(({ name, input }, index) => {
        // Unique in the conversation, and the same for the same conversation: every reply makes it longer.
        return { type: 'tool_call' as const, id: `sim_${request.messages.length}_${index}`, name, input };
      });
      return respond(request, { role: 'assistant', content }, 'tool_calls');
    }

    const room = request.maxOutputTokens * CHARS_PER_TOKEN;
    const text = next.text.slice(0, room);
    for (const fragment of fragmentsOf(text)) {
      if (fragmentMs > 0) await sleep(fragmentMs, signal);
      signal.throwIfAborted();
      onText?.(fragment);
    }
    return respond(
      request,
      { role: 'assistant', content: [{ type: 'text', text }] },
      text === next.text ? 'end' : 'max_tokens',
    );
  };
}

/** Cuts between words. */
function fragmentsOf(text: string): string[] {
  const size = Math.max(FRAGMENT_CHARS, Math.ceil(text.length / FRAGMENTS_MAX));
  const fragments: string[] = [];
  let fragment = '';
  for (const word of text.match(/\s*\S+|\s+$/g) ?? []) {
    fragment += word;
    if (fragment.length < size) continue;
    fragments.push(fragment);
    fragment = '';
  }
  if (fragment !== '') fragments.push(fragment);
  return fragments;
}

function respond(
  request: ModelRequest,
  message: AssistantMessage,
  stopReason: 'end' | 'tool_calls' | 'max_tokens',
): ModelResponse {
  const written = message.content.map((part) => (part.type === 'text' ? part.text : JSON.stringify(part))).join('');
  return {
    provider: 'sim',
    model: 'sim/demo (simulator)',
    message,
    stopReason,
    usage: {
      inputTokens: countPromptTokens(request),
      outputTokens: countTokens(written),
      cachedInputTokens: 0,
      costMicroUsd: 0,
    },
  };
}
