import { createLogger, createMetrics } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { createCallMetrics } from './call-metrics.ts';

const HOUR_MS = 3_600_000;

/** What a worker says of its breakers, on a clock of the test's. */
function setup() {
  const scene = { nowMs: 0 };
  const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
  const metrics = createMetrics({ service: 'worker', logger });
  const facts = createCallMetrics(metrics, () => scene.nowMs);
  return {
    scene,
    turn: (model: string, isOpen: boolean) => facts.breakerTurned({ provider: 'openai', model, isOpen }),
    answer: (model: string) =>
      facts.modelCalled({ provider: 'openai', model, outcome: 'ok', durationMs: 1, firstTokenMs: null }),
    /** The gauge by model. */
    async open() {
      const { text } = await metrics.render();
      const found = text.matchAll(/^flotilla_breaker_open\{.*model="([^"]+)".*\} (\d)$/gm);
      return Object.fromEntries([...found].map(([, model = '', value]) => [model, Number(value)]));
    },
  };
}

describe('the gauge of open breakers', () => {
  it('is 1 while a model is left alone, and 0 once it answers', async () => {
    const { turn, answer, open } = setup();
    answer('a');
    turn('a', true);
    expect(await open()).toEqual({ a: 1 });
    turn('a', false);
    expect(await open()).toEqual({ a: 0 });
  });

  it('does not go on about other models when one has got its name by answering', async () => {
    const { turn, open } = setup();
    turn('a', true);
    expect(await open()).toEqual({ other: 1 });
    turn('a', false);
    expect(await open()).toEqual({ other: 0, a: 0 });
  });

  it('tells of a model that is left alone again by the name it has got since', async () => {
    const { turn, answer, open } = setup();
    turn('a', true);
    expect(await open()).toEqual({ other: 1 });
    // A call that was under way when the breaker opened.
    answer('a');
    expect(await open()).toEqual({ other: 0, a: 1 });
  });

  it('tells of other models as long as one of them is left alone', async () => {
    const { turn, open } = setup();
    turn('a', true);
    turn('b', true);
    turn('a', false);
    expect(await open()).toEqual({ other: 1, a: 0 });
    turn('b', false);
    expect(await open()).toEqual({ other: 0, a: 0, b: 0 });
  });

  it('forgets a model that nobody asks any more, and no other', async () => {
    const { scene, turn, open } = setup();
    turn('gone', true);
    scene.nowMs += HOUR_MS;
    expect(await open()).toEqual({ other: 0 });
    // One that is asked fails, and its breaker opens again, before its time is over.
    for (let at = 0; at < HOUR_MS; at += 30_000) {
      scene.nowMs += 30_000;
      turn('down', true);
    }
    expect(await open()).toEqual({ other: 1 });
  });
});
