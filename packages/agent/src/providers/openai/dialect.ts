/** What servers with an OpenAI interface differ in, as far as a request has to know. */
export type WireDialect = {
  /** OpenAI's own models answer, at OpenAI or at Azure: they have rules of their own. */
  isOpenai: boolean;
  /** OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else. */
  maxTokensField: 'max_completion_tokens' | 'max_tokens';
};

/** Told by the host: OpenAI's, its regional ones, and Azure's. Everything else is taken for a compatible server. */
export function dialectOf(baseUrl: string): WireDialect {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  const isOpenai = /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(host);
  return { isOpenai, maxTokensField: isOpenai ? 'max_completion_tokens' : 'max_tokens' };
}
