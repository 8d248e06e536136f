import type { Provider } from '@flotilla/agent';
import { RetryableError, TerminalError } from '@flotilla/core';
import type { ModelCall, WorkerFacts } from './facts.ts';

/** The same provider, each call of which is told with its times, its outcome and what it cost. */
export function meterProvider(provider: Provider, { modelCalled }: Pick<WorkerFacts, 'modelCalled'>): Provider {
  return {
    name: provider.name,
    async call(request, hooks) {
      const startedAt = performance.now();
      let firstTokenMs: number | null = null;
      const onFirstToken = () => {
        firstTokenMs = performance.now() - startedAt;
        hooks.onFirstToken?.();
      };
      const tell = (told: Pick<ModelCall, 'outcome' | 'usage'>) => {
        const durationMs = performance.now() - startedAt;
        modelCalled({ provider: provider.name, model: request.model, durationMs, firstTokenMs, ...told });
      };
      try {
        const response = await provider.call(request, { ...hooks, onFirstToken });
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
