import type { Message } from '@flotilla/core';
import type { ModelRequest } from '../../provider.ts';

/** The rule of thumb for English text. The simulator has no tokeniser; its counts are plausible and no more. */
export const CHARS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;

/** About how many tokens a text would be: one for every four characters begun. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** About how many tokens a prompt would be: instructions, tool definitions and every message, with four for each. */
export function countPromptTokens({ system, tools, messages }: ModelRequest): number {
  const fixed = countTokens(system ?? '') + (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0);
  return messages.reduce((sum, message) => sum + TOKENS_PER_MESSAGE + countTokens(textIn(message)), fixed);
}

function textIn(message: Message): string {
  if (message.role === 'tool') return message.results.map((result) => result.content).join('');
  return message.content.map((part) => (part.type === 'text' ? part.text : JSON.stringify(part))).join('');
}
