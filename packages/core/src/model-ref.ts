/** The adapters a model name may begin with. */
export const PROVIDERS = ['anthropic', 'bedrock', 'openai', 'sim'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export type ModelRef = { provider: ProviderName; model: string };

/** Splits `provider/model`; the model part may hold further slashes. `null` when the provider is none of ours. */
export function parseModelRef(value: string): ModelRef | null {
  const slash = value.indexOf('/');
  const provider = PROVIDERS.find((name) => name === value.slice(0, slash));
  const model = value.slice(slash + 1);
  return provider && model ? { provider, model } : null;
}

/** What a list of models may hold: a model, or the beginning of several and `*`. */
export const MODEL_PATTERN = new RegExp(`^(?:${PROVIDERS.join('|')})/[^\\s*]*\\*?$`);

/** The models that may be named where a deployment does not say. */
export const MODELS_DEFAULT = ['sim/demo', 'sim/load', 'anthropic/*', 'bedrock/*', 'openai/*'];

/** Whether a list of model names, each of which may end in `*`, lets this one through. */
export function isModelAllowed(model: string, allowed: readonly string[]): boolean {
  return allowed.some((name) => (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name));
}
