import type { Provider } from '@flotilla/agent';
import { RetryableError, TerminalError } from '@flotilla/core';
import type { ModelCall, WorkerFacts } from './facts.ts';
import type { MissionTraces } from './trace/mission-traces.ts';

export type ModelMeters = Pick<WorkerFacts, 'modelCalled'> & { traces: Pick<MissionTraces, 'model'> };

/** The same provider, each call of which is told and traced with its times, its outcome and what it cost. */
export function meterProvider(provider: Provider, { modelCalled, traces }: ModelMeters): Provider {
  return {
    name: provider.name,
    async call(request, hooks) {
      const startedAt = performance.now();
      const going = traces.model(provider.name, request.model, request.context);
      let firstTokenMs: number | null = null;
      const onFirstToken = () => {
        firstTokenMs = performance.now() - startedAt;
        hooks.onFirstToken?.();
      };
      const tell = (told: Pick<ModelCall, 'outcome' | 'usage'>) => {
        const durationMs = performance.now() - startedAt;
        modelCalled({ provider: provider.name, model: request.model, durationMs, firstTokenMs, ...told });
        const { outcome, usage } = told;
        going.end({ failed: outcome === 'ok' ? null : outcome, ...(usage && { usage }) });
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
