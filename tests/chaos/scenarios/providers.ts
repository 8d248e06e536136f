import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Scenario } from '../scenario.ts';
import type { Stage } from '../stage/stage.ts';
import type { ModelFaults } from '../witness/log.ts';

/** The provider behaves so for a while; the faults are those that it has counted itself. */
async function misbehave({ models, injected, mended }: Stage, faults: ModelFaults, ms: number): Promise<void> {
  models.setFaults({ model: faults });
  await sleep(ms);
  models.setFaults({ model: null });
  mended();
  const lines = await models.read();
  const bad = lines.filter((line) => line.kind === 'model_end' && (line.end === 'refused' || line.end === 'stalled'));
  const begun = faults.how === 'stall' ? await countStalled(lines) : bad.length;
  for (let count = 0; count < begun; count++) injected(faults.how);
}

/** A stalled call has begun and has no end until its caller gives up. */
async function countStalled(lines: Awaited<ReturnType<Stage['models']['read']>>): Promise<number> {
  const ended = new Set(
    lines.flatMap((line) => (line.kind === 'model_end' && line.end !== 'stalled' ? [line.call] : [])),
  );
  const longAgo = Date.now() - 5_000;
  return lines.filter((line) => line.kind === 'model' && line.at < longAgo && !ended.has(line.call)).length;
}

export const providerRateLimits: Scenario = {
  name: 'provider-429-storm',
  about: 'the provider turns most calls away with 429 and Retry-After for 10 s',
  backends: ['redis', 'postgres'],
  // Three goes are all a step has: one that is turned away three times has failed, and says so.
  mayEnd: ['completed', 'failed'],
  async inject(stage) {
    await misbehave(stage, { share: 0.7, how: 'rate_limit', retryAfterSeconds: 8 }, 10_000);
    return (ends) => mustFailWith(ends, ['provider_rate_limited']);
  },
};

export const providerErrors: Scenario = {
  name: 'provider-500s',
  about: 'the provider answers 5 % of all calls with 500',
  backends: ['redis', 'postgres'],
  mayEnd: ['completed', 'failed'],
  async inject(stage) {
    await misbehave(stage, { share: 0.05, how: 'error' }, 20_000);
    return (ends) => mustFailWith(ends, ['provider_error']);
  },
};

export const providerStalls: Scenario = {
  name: 'provider-stalls',
  about: 'a fifth of all streams stop in the middle and stay open',
  backends: ['redis', 'postgres'],
  inject: (stage) => misbehave(stage, { share: 0.2, how: 'stall' }, 15_000),
  convergesWithin: 180,
};

export const providerOutage: Scenario = {
  name: 'provider-outage',
  about: 'the provider answers everything with 500 and Retry-After for 30 s',
  backends: ['redis', 'postgres'],
  inject: (stage) => misbehave(stage, { share: 1, how: 'error', retryAfterSeconds: 20 }, 30_000),
};

function mustFailWith(ends: Parameters<Check>[0], codes: readonly string[]): string[] {
  const failed = [...ends.values()].filter((end) => end?.status === 'failed');
  const strange = failed.filter((end) => !codes.includes(end?.statusReason?.code ?? ''));
  return [
    ...strange.slice(0, 3).map((end) => `${end?.id} failed with ${end?.statusReason?.code}`),
    ...(failed.length > ends.size / 4 ? [`${failed.length} of ${ends.size} missions failed`] : []),
  ];
}
