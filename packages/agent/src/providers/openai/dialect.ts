import type { ModelRequest } from '../../provider.ts';

/** What servers with an OpenAI interface differ in, as far as a request has to know. */
export type WireDialect = {
  /** OpenAI's own models answer, at OpenAI or at Azure: they have rules of their own. */
  isOpenai: boolean;
  /** OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else. */
  maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Which of OpenAI's two interfaces is spoken; `auto`: the one that the model can do more with. */
  api: OpenaiApi;
};

export const OPENAI_APIS = ['auto', 'chat', 'responses'] as const;
export type OpenaiApi = (typeof OPENAI_APIS)[number];

/** Told by the host: OpenAI's, its regional ones, and Azure's. Everything else is taken for a compatible server. */
export function dialectOf(baseUrl: string): WireDialect {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  const isOpenai = /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(host);
  return { isOpenai, maxTokensField: isOpenai ? 'max_completion_tokens' : 'max_tokens', api: 'auto' };
}

/**
 * Chat Completions, because every compatible server has it, but for OpenAI's models that reason and call tools through
 * Responses only.
 */
export function apiFor({ isOpenai, api }: WireDialect, model: string): Exclude<OpenaiApi, 'auto'> {
  if (api !== 'auto') return api;
  return isOpenai && needsResponses(model) ? 'responses' : 'chat';
}

/**
 * From GPT-5.4 on, OpenAI refuses function tools in Chat Completions unless reasoning is off ("Function tools with
 * reasoning_effort are not supported …"), which some of these models cannot be told.
 *
 * @see https://developers.openai.com/api/docs/models/gpt-6.1-terra
 */
export function needsResponses(model: string): boolean {
  return /^gpt-(5\.[4-9]|[6-9])/.test(model);
}

/** OpenAI's own models from o1 and GPT-5 on, or any that is asked to: most of what they think is never shown. */
export function reasons({ model, options }: ModelRequest): boolean {
  if (options.reasoningEffort !== undefined) return options.reasoningEffort !== 'none';
  return /^(o\d|gpt-[5-9])/.test(model);
}
