import { untilOver } from './settle.ts';
import type { Stack } from './stack.ts';

const MISSIONS = 100;
const AT_ONCE = 20;

export type Spread = { counts: number[]; deviation: number; seconds: number };

/** A hundred equal missions of a second: how many each worker has run, and how far the furthest is from its share. */
export async function measureSpread(
  stack: Stack,
  options: { run: number; workers: readonly string[] },
): Promise<Spread> {
  const prefix = `spread-${options.run}-`;
  const startedAt = performance.now();
  let next = 0;
  async function lane(): Promise<void> {
    while (next < MISSIONS) {
      const ref = `${prefix}${(next += 1)}`;
      const mission = { goal: `${ref} steps=0 latency=1000-1000`, model: 'openai/gpt-chaos', metadata: { ref } };
      const response = await fetch(`${stack.nginx.url}/v1/missions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(mission),
      });
      if (response.status !== 202) throw new Error(`${ref} was answered with ${response.status}`);
      await response.arrayBuffer();
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await untilOver(stack);
  const seconds = (performance.now() - startedAt) / 1_000;
  const lines = (await stack.models.read()).filter((line) => line.kind === 'model' && line.ref.startsWith(prefix));
  const counts = options.workers.map(
    (name) => lines.filter((line) => line.kind === 'model' && line.worker === name).length,
  );
  const share = MISSIONS / options.workers.length;
  return { counts, deviation: Math.max(...counts.map((count) => Math.abs(count - share) / share)), seconds };
}
