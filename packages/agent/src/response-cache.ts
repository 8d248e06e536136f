import { createHash } from 'node:crypto';
import type { ModelResponse } from '@flotilla/core';
import { textOf, toolCallsOf } from '@flotilla/core';
import { canonicalJson } from './arguments-hash.ts';
import type { ModelRequest } from './provider.ts';
import type { OutputRule } from './structured-output.ts';

/** Replies kept for whoever asks the same again: one account's, for no other account. */
export interface ResponseCache {
  /** `null`: there is none, or nobody can say. Never throws: a cache that is away costs a call. */
  read(key: string): Promise<ModelResponse | null>;
  /** Not waited for. */
  write(key: string, response: ModelResponse): void;
}

/**
 * SHA-256 over all that a reply depends on, in hex: provider, model, options, instructions, tools, messages, the most it
 * may say and what it has to be.
 */
export function responseKey(provider: string, request: ModelRequest): string {
  const { context: _, ...asked } = request;
  return createHash('sha256')
    .update(canonicalJson({ provider, ...asked }))
    .digest('hex');
}

/** What a failed try, a refusal, a reply that was cut off or one that has to be mended would say for an hour. */
export function isWorthKeeping({ stopReason, message }: ModelResponse, rule: OutputRule | null): boolean {
  const calls = toolCallsOf(message);
  switch (stopReason) {
    case 'refusal':
    case 'max_tokens':
      return false;
    case 'tool_calls':
    case 'end':
      if (calls.some(({ inputError }) => inputError !== undefined)) return false;
      return calls.length > 0 || rule?.check(textOf(message)).kind !== 'invalid';
  }
}
