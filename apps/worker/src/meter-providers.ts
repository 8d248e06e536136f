import type { Provider } from '@flotilla/agent';
import { type ProviderName, RetryableError, TerminalError } from '@flotilla/core';
import type { ModelCall, WorkerFacts } from './facts.ts';

type Providers = (name: ProviderName) => Provider | undefined;

/** The same providers, each call of which is told with its time, its outcome and what it cost. */
export function meterProviders(providers: Providers, { modelCalled }: Pick<WorkerFacts, 'modelCalled'>): Providers {
  const metered = new Map<Provider, Provider>();
  return function meteredProvider(name) {
    const provider = providers(name);
    if (!provider) return undefined;
    const known = metered.get(provider) ?? meter(provider, modelCalled);
    metered.set(provider, known);
    return known;
  };
}

function meter(provider: Provider, modelCalled: WorkerFacts['modelCalled']): Provider {
  return {
    name: provider.name,
    async call(request, hooks) {
      const startedAt = performance.now();
      const tell = (told: Pick<ModelCall, 'outcome' | 'usage'>) => {
        const durationMs = performance.now() - startedAt;
        modelCalled({ provider: provider.name, model: request.model, durationMs, ...told });
      };
      try {
        const response = await provider.call(request, hooks);
        tell({ outcome: 'ok', usage: response.usage });
        return response;
      } catch (error) {
        tell({ outcome: hooks.signal.aborted ? 'aborted' : codeOf(error) });
        throw error;
      }
    },
  };
}

function codeOf(error: unknown): ModelCall['outcome'] {
  return error instanceof TerminalError || error instanceof RetryableError ? error.code : 'internal_error';
}
