import type { Provider } from '@flotilla/agent';
import { RetryableError, TerminalError, type Usage } from '@flotilla/core';
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
      let spent: Usage | undefined;
      const onSpent: typeof hooks.onSpent = (cost) => {
        spent = cost.usage;
        hooks.onSpent?.(cost);
      };
      const tell = (told: Pick<ModelCall, 'outcome' | 'usage'>) => {
        const durationMs = performance.now() - startedAt;
        const { outcome, usage = spent } = told;
        const cost = usage && { usage };
        modelCalled({ provider: provider.name, model: request.model, durationMs, firstTokenMs, outcome, ...cost });
        going.end({ failed: outcome === 'ok' ? null : outcome, ...cost });
      };
      try {
        const response = await provider.call(request, { ...hooks, onFirstToken, onSpent });
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
