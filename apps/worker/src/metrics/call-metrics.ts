import type { Usage } from '@flotilla/core';
import { BUCKETS, type Metrics } from '@flotilla/platform';
import type { WorkerFacts } from '../facts.ts';
import { createBreakerMetrics } from './breaker-metrics.ts';
import { createKnownNames } from './known-names.ts';

/** From 1,000 tokens a second to 4. */
const PACES = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256];
/** A reply that came in one piece, or nearly, has no pace. */
const STREAMED_AT_LEAST_MS = 50;

/** Calls of models and tools: how long, how they went, what they cost. `now` is a monotonic clock in milliseconds. */
export function createCallMetrics(
  metrics: Metrics,
  now: () => number = () => performance.now(),
): Pick<WorkerFacts, 'modelCalled' | 'callAdmitted' | 'breakerTurned' | 'responseLookedUp' | 'toolCalled'> {
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
  const firstToken = metrics.histogram({
    name: 'flotilla_model_first_token_seconds',
    help: 'Time until a model began to answer or to think, by provider and model.',
    labels: ['provider', 'model'],
    buckets: BUCKETS.slow,
  });
  const pace = metrics.histogram({
    name: 'flotilla_model_output_token_seconds',
    help: 'Time from one output token to the next, averaged over a reply that came in pieces, by provider and model.',
    labels: ['provider', 'model'],
    buckets: PACES,
  });
  const waits = metrics.histogram({
    name: 'flotilla_provider_wait_seconds',
    help: 'Time calls waited in place for room under the limits of their provider, by provider and outcome.',
    labels: ['provider', 'outcome'],
    buckets: BUCKETS.slow,
  });
  const lookUps = metrics.counter({
    name: 'flotilla_response_cache_lookups_total',
    help: 'Questions to models that were looked up in the response cache, by outcome.',
    labels: ['outcome'],
  });
  const nameOf = createKnownNames();

  return {
    ...createBreakerMetrics(metrics, { nameOf, now }),
    modelCalled({ provider, model: asked, outcome, durationMs, firstTokenMs, usage }) {
      const model = nameOf(`${provider}/${asked}`, outcome === 'ok') ? asked : 'other';
      modelDuration.observe({ provider, model, outcome }, durationMs / 1_000);
      if (firstTokenMs !== null) firstToken.observe({ provider, model }, firstTokenMs / 1_000);
      if (!usage || !isCounted(usage)) return;
      const streamedMs = durationMs - (firstTokenMs ?? durationMs);
      if (outcome === 'ok' && streamedMs >= STREAMED_AT_LEAST_MS && usage.outputTokens > 0) {
        pace.observe({ provider, model }, streamedMs / 1_000 / usage.outputTokens);
      }
      tokens.inc({ provider, model, kind: 'input' }, usage.inputTokens);
      tokens.inc({ provider, model, kind: 'output' }, usage.outputTokens);
      if (usage.cachedInputTokens > 0) tokens.inc({ provider, model, kind: 'cached_input' }, usage.cachedInputTokens);
      if (usage.costMicroUsd === null) unpriced.inc({ provider, model });
      else cost.inc({ provider, model }, usage.costMicroUsd / 1_000_000);
    },
    callAdmitted: ({ provider, outcome, waitedMs }) => waits.observe({ provider, outcome }, waitedMs / 1_000),
    responseLookedUp: (outcome) => lookUps.inc({ outcome }),
    toolCalled: ({ tool, outcome, durationMs }) => toolDuration.observe({ tool, outcome }, durationMs / 1_000),
  };
}

/** Servers have been seen to report text and less than nothing; the loop turns such a reply down, a counter throws at it. */
function isCounted({ inputTokens, outputTokens, cachedInputTokens, costMicroUsd }: Usage): boolean {
  return [inputTokens, outputTokens, cachedInputTokens, costMicroUsd ?? 0].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
}
