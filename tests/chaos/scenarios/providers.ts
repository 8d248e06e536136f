import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_TRIES } from '@flotilla/core';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage/stage.ts';
import { judgeTurnedAway } from '../turned-away.ts';
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

/** Waited out in the slot, by all at once: a longer wait gives the slot up, and few calls would be turned away again. */
const RETRY_AFTER_SECONDS = 2;
/** The key rests for everybody when one is turned away, and a step's next go waits for that as well. */
const STORM_MS = 7 * RETRY_AFTER_SECONDS * 1_000;

export const providerRateLimits: Scenario = {
  name: 'provider-429-storm',
  about: `the provider turns most calls away with 429 and Retry-After for ${STORM_MS / 1_000} s`,
  backends: ['redis', 'postgres'],
  async inject(stage) {
    await misbehave(stage, { share: 0.7, how: 'rate_limit', retryAfterSeconds: RETRY_AFTER_SECONDS }, STORM_MS);
    return (_, lines) => {
      const { goes, problems } = judgeTurnedAway(lines, RETRY_AFTER_SECONDS * 1_000);
      // Where none was turned away as often as a step may fail, nobody would see that it counted.
      return goes < STEP_TRIES ? [`void: no step was turned away more than ${goes} times`, ...problems] : problems;
    };
  },
};

export const providerErrors: Scenario = {
  name: 'provider-500s',
  about: 'the provider answers 5 % of all calls with 500',
  backends: ['redis', 'postgres'],
  inject: (stage) => misbehave(stage, { share: 0.05, how: 'error' }, 20_000),
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
