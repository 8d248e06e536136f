import { BUCKETS, type Metrics } from '@flotilla/platform';
import type { WorkerFacts } from '../facts.ts';
import { createModelNames } from './model-names.ts';

/** Calls of models and tools: how long, how they went, what they cost. */
export function createCallMetrics(metrics: Metrics): Pick<WorkerFacts, 'modelCalled' | 'toolCalled'> {
  const modelDuration = metrics.histogram({
    name: 'flotilla_model_call_duration_seconds',
    help: 'Time of one model call, by provider, model and outcome.',
    labels: ['provider', 'model', 'outcome'],
    buckets: BUCKETS.slow,
  });
  const tokens = metrics.counter({
    name: 'flotilla_tokens_total',
    help: 'Tokens that providers say were used, by provider, model and kind; cached_input is part of input.',
    labels: ['provider', 'model', 'kind'],
  });
  const cost = metrics.counter({
    name: 'flotilla_cost_usd_total',
    help: 'US dollars spent on models whose price is known, by provider and model.',
    labels: ['provider', 'model'],
  });
  const unpriced = metrics.counter({
    name: 'flotilla_unpriced_model_calls_total',
    help: 'Model calls whose cost is unknown and in no sum, by provider and model.',
    labels: ['provider', 'model'],
  });
  const toolDuration = metrics.histogram({
    name: 'flotilla_tool_call_duration_seconds',
    help: 'Time of one tool call that was run, by tool and outcome.',
    labels: ['tool', 'outcome'],
    buckets: BUCKETS.slow,
  });
  const nameOf = createModelNames();

  return {
    modelCalled({ provider, model: asked, outcome, durationMs, usage }) {
      const model = nameOf(`${provider}/${asked}`, outcome === 'ok') ? asked : 'other';
      modelDuration.observe({ provider, model, outcome }, durationMs / 1_000);
      if (!usage) return;
      tokens.inc({ provider, model, kind: 'input' }, usage.inputTokens);
      tokens.inc({ provider, model, kind: 'output' }, usage.outputTokens);
      if (usage.cachedInputTokens > 0) tokens.inc({ provider, model, kind: 'cached_input' }, usage.cachedInputTokens);
      if (usage.costMicroUsd === null) unpriced.inc({ provider, model });
      else cost.inc({ provider, model }, usage.costMicroUsd / 1_000_000);
    },
    toolCalled: ({ tool, outcome, durationMs }) => toolDuration.observe({ tool, outcome }, durationMs / 1_000),
  };
}
