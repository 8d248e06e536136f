import type { JsonObject, StopReason } from '@flotilla/core';
import type { CallContext, ModelRequest, Provider, ToolDefinition } from '../../provider.ts';
import type { CallTimings } from '../watchdog.ts';

/** A reply as a wire-neutral script. Each tool's arguments are given in the fragments they are streamed in. */
export type ScriptedReply = {
  text?: readonly string[];
  refusal?: readonly string[];
  calls?: readonly { id: string; name: string; json: readonly string[] }[];
  stop: StopReason;
  usage?: { input: number; output: number; cached?: number; cacheWrite?: number };
};

export type ErrorKind =
  | 'bad_request'
  | 'wrong_key'
  | 'no_money'
  | 'forbidden'
  | 'unknown_model'
  | 'too_large'
  | 'rate_limited'
  | 'server_error'
  | 'overloaded'
  | 'spend_limit';

/** What one adapter's spec tells the contract suite about its wire format. */
export type WireFixture = {
  name: string;
  /** A model whose price is listed. */
  model: string;
  /** The name the model gives for itself, where that is another. */
  repliesAs?: string;
  create(options: { url: string; apiKey?: string; timings?: Partial<CallTimings> }): Provider;
  /** The reply as a stream of server-sent events. */
  render(reply: ScriptedReply): string;
  /** What server-sent events are on this wire, where they are not those. */
  encode?(stream: string): Buffer;
  contentType?: string;
  /** Shares its reader with another adapter, or its ways with the loop: the suite looks at fewer places. */
  isVariant?: true;
  /** An event that is none of the wire format. */
  nonsense?: string;
  /** Errors that this provider has no words for. */
  unsaid?: readonly ErrorKind[];
  /** A reply that thinks and calls `work`, and what of its thinking goes back with the result. */
  thoughtful: { stream: string; goesBackAs: readonly unknown[]; sentBackIn(body: unknown): unknown[] };
  /** Places in a request with tools at which the provider is told to cache; 0 where it does so by itself. */
  cacheMarks: number;
  /** Bytes of `render`'s stream from which on the reply is whole, and a cut costs nothing. */
  wholeAt(stream: string): number;
  /** Bytes from which on a stream that simply ends is taken for whole, though figures may be missing. */
  answeredAt(stream: string): number;
  errorBody(kind: ErrorKind): JsonObject;
  /** An error event inside a stream. */
  errorEvent(kind: ErrorKind): string;
  /** Keep-alive bytes that mean no progress. */
  keepAlive: string;
  /** Tool results in a recorded request body: id and content in order. */
  toolResultsIn(body: unknown): { id: string; content: string }[];
};

export const TOOLS: ToolDefinition[] = ['calculator', 'clock'].map((name) => ({
  name,
  description: `The ${name}`,
  inputSchema: { type: 'object', properties: { value: { type: 'string' } } },
}));

const CONTEXT: CallContext = { missionId: 'mis_test', step: 1, attempt: 1, try: 1 };

export function requestFor(model: string, overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model,
    system: 'Be brief.',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is 2 + 2?' }] }],
    tools: [],
    maxOutputTokens: 1_000,
    options: {},
    context: CONTEXT,
    ...overrides,
  };
}

/** A server-sent event. */
export function sse(data: unknown, event?: string): string {
  const payload = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event ? `event: ${event}\n` : ''}data: ${payload}\n\n`;
}

/** For a model that thinks unseen: its limit to the first token is the one for thinking. */
export function asThinking(timings: Partial<CallTimings>): Partial<CallTimings> {
  const { firstTokenMs } = timings;
  return firstTokenMs === undefined ? timings : { ...timings, reasoningMs: firstTokenMs };
}
