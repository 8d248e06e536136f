import type { ModelRequest } from '../provider.ts';
import type { MostTokens } from './budget.ts';

/**
 * Text has 3 to 5 bytes a token in most tongues, and about 2 where it is numbers, code or base64. What is reserved is to
 * be too much, not too little.
 */
const BYTES_PER_TOKEN = 2;
/** What providers put before a conversation by themselves, such as how tools are called. */
const OWN_TOKENS = 500;

/** The most tokens that a call comes to, roughly: all that is sent, and the longest reply. */
export function mostTokens({ system, messages, tools, outputSchema, maxOutputTokens }: ModelRequest): MostTokens {
  const sent = JSON.stringify([system, messages, tools, outputSchema]);
  return { input: OWN_TOKENS + Math.ceil(Buffer.byteLength(sent) / BYTES_PER_TOKEN), output: maxOutputTokens };
}
