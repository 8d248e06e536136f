import { createAnthropicProvider, createOpenaiProvider, createSimProvider, type Provider } from '@flotilla/agent';
import type { ProviderName } from '@flotilla/core';
import type { Config } from './config.ts';

/** The providers this worker has keys for; the simulator needs none. */
export function createProviders(
  config: Pick<Config, 'anthropic' | 'openai'>,
): (name: ProviderName) => Provider | undefined {
  const providers = new Map<ProviderName, Provider>([['sim', createSimProvider()]]);
  if (config.anthropic) providers.set('anthropic', createAnthropicProvider(config.anthropic));
  if (config.openai) providers.set('openai', createOpenaiProvider(config.openai));
  return (name) => providers.get(name);
}
