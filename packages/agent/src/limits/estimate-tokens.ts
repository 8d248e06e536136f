import type { ModelRequest } from '../provider.ts';

/** Fewer than in any tongue that the models' tokenizers were made for: the estimate is to be too high, not too low. */
const CHARS_PER_TOKEN = 3;

/** The most tokens a call may come to, roughly: all that is sent, and the longest reply. */
export function estimateTokens({ system, messages, tools, maxOutputTokens }: ModelRequest): number {
  const chars = (system?.length ?? 0) + JSON.stringify(messages).length + JSON.stringify(tools).length;
  return Math.ceil(chars / CHARS_PER_TOKEN) + maxOutputTokens;
}
