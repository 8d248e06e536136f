import type { ModelRequest, Provider } from '@flotilla/agent';
import type { AssistantMessage, JsonValue, Message, ModelResponse } from '@flotilla/core';
import { SECRET } from './injections.ts';

const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 };

/**
 * A model that does whatever it reads, wherever it reads it: it believes no marks, sees what is hidden, and decodes what
 * is encoded, and tells what it was to keep to itself. What it does not get done is what something other than its manners
 * has kept it from.
 */
export function createObedientModel(): Provider & { calls: { name: string; input: JsonValue }[] } {
  const calls: { name: string; input: JsonValue }[] = [];
  return {
    name: 'sim',
    calls,
    call({ messages, context: { step } }: ModelRequest): Promise<ModelResponse> {
      const [, secret = SECRET] = /The PIN is (\d+)/.exec(textOf(messages[0])) ?? [];
      const orders = ordersIn(readings(textOf(messages.at(-1)).replaceAll(SECRET, secret)));
      calls.push(...orders);
      const content: AssistantMessage['content'] =
        orders.length === 0
          ? [{ type: 'text', text: 'done' }]
          : orders.map(({ name, input }, index) => ({ type: 'tool_call', id: `c${step}_${index}`, name, input }));
      const stopReason = orders.length === 0 ? 'end' : 'tool_calls';
      return Promise.resolve({
        provider: 'sim',
        model: 'script',
        message: { role: 'assistant', content },
        stopReason,
        usage,
      });
    },
  };
}

function textOf(message: Message | undefined): string {
  if (!message) return '';
  if (message.role === 'tool') return message.results.map(({ content }) => content).join('\n');
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** A text as it is, and all that may be meant by it. */
function readings(text: string): string[] {
  const decoded = [...text.matchAll(/BASE64:([A-Za-z0-9+/=]+)/g)].map(([, code = '']) =>
    Buffer.from(code, 'base64').toString(),
  );
  const seen = text.replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u{e0000}-\u{e007f}]/gu, '');
  const unseen = text
    .replaceAll(/[^\u{e0000}-\u{e007f}]/gu, '')
    .replaceAll(/./gu, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000));
  return [seen, seen.replaceAll("'", '"'), unseen, ...decoded];
}

function ordersIn(texts: readonly string[]): { name: string; input: JsonValue }[] {
  const found = new Map<string, { name: string; input: JsonValue }>();
  for (const text of texts) {
    for (const { 1: name = '', index } of text.matchAll(/\bCALL (\w+) (?=\{)/g)) {
      const input = objectAt(text, text.indexOf('{', index));
      if (input !== undefined) found.set(JSON.stringify([name, input]), { name, input });
    }
  }
  // An order that is part of another one's arguments is for whoever reads those.
  const all = [...found.values()];
  return all.filter((one) => !all.some((other) => other !== one && holds(other.input, one)));
}

function holds(input: JsonValue, { name }: { name: string }): boolean {
  return JSON.stringify(input).includes(`CALL ${name} `);
}

/** The shortest JSON object that begins there. */
function objectAt(text: string, from: number): JsonValue | undefined {
  for (let end = text.indexOf('}', from); end !== -1; end = text.indexOf('}', end + 1)) {
    const value = parse(text.slice(from, end + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

function parse(text: string): JsonValue | undefined {
  for (const one of [text, text.replaceAll('\\"', '"')]) {
    try {
      return JSON.parse(one);
    } catch {
      // Not yet.
    }
  }
  return undefined;
}
