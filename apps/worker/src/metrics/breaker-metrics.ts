import type { Metrics } from '@flotilla/platform';
import type { WorkerFacts } from '../facts.ts';
import type { KnownNames } from './known-names.ts';

/**
 * A model that nobody asks any more is told of no longer: whether it is back, nobody knows. As long as it is asked, a
 * breaker turns again within its longest rest and the longest call that tries.
 */
const FORGOTTEN_AFTER_MS = 15 * 60_000;

/** Which models this worker leaves alone. `now` is a monotonic clock in milliseconds. */
export function createBreakerMetrics(
  metrics: Metrics,
  { nameOf, now }: { nameOf: KnownNames; now: () => number },
): Pick<WorkerFacts, 'breakerTurned'> {
  const opens = metrics.counter({
    name: 'flotilla_breaker_opens_total',
    help: 'How often this worker left a model alone because it failed again and again, by provider and model.',
    labels: ['provider', 'model'],
  });
  const open = metrics.gauge({
    name: 'flotilla_breaker_open',
    help: '1 while this worker leaves a model alone, or has not seen it answer since; 0 otherwise.',
    labels: ['provider', 'model'],
  });
  const openOnes = new Map<string, { provider: string; asked: string; openedAt: number }>();
  const told = new Map<string, { provider: string; model: string }>();

  function labelsOf(provider: string, asked: string, hasAnswered: boolean) {
    const labels = { provider, model: nameOf(`${provider}/${asked}`, hasAnswered) ? asked : 'other' };
    told.set(`${provider}/${labels.model}`, labels);
    return labels;
  }

  metrics.onScrape({
    name: 'breakers',
    // By the names of the moment: a model may have answered since its breaker opened, and is `other` no more.
    async read() {
      for (const [key, { openedAt }] of openOnes) if (now() - openedAt > FORGOTTEN_AFTER_MS) openOnes.delete(key);
      const labels = [...openOnes.values()].map(({ provider, asked }) => labelsOf(provider, asked, false));
      for (const closed of told.values()) open.set(closed, 0);
      for (const one of labels) open.set(one, 1);
    },
    clear: () => open.reset(),
  });

  return {
    breakerTurned({ provider, model: asked, isOpen }) {
      const labels = labelsOf(provider, asked, !isOpen);
      const key = `${provider}/${asked}`;
      if (isOpen) opens.inc(labels);
      if (isOpen) openOnes.set(key, { provider, asked, openedAt: now() });
      else openOnes.delete(key);
    },
  };
}
