import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';

/** Missions posted at once, then so many a second until the faults are over, whatever the answers: an open loop. */
export type Load = {
  burst: number;
  perSecond: number;
  /** Steps with tools, before the one that answers. */
  steps: number;
  /** How long a model call takes, from and to. */
  latencyMs: [number, number];
};

export type RunningLoad = { stop(): Promise<void> };

export function startLoad(options: { client: Client; load: Load; receiverUrl: string }): RunningLoad {
  const { client, load } = options;
  const pending = new Set<Promise<unknown>>();
  const stopped = new AbortController();
  let count = 0;

  function post(): void {
    const ref = `m${(count += 1)}`;
    const goal = `${ref} steps=${load.steps} latency=${load.latencyMs.join('-')}`;
    const mission = {
      goal,
      model: 'openai/gpt-chaos',
      tools: ['current_time', 'http_fetch'],
      webhook: { url: options.receiverUrl },
      metadata: { ref },
    };
    const posting = client.post(ref, mission).finally(() => pending.delete(posting));
    pending.add(posting);
  }

  async function run(): Promise<void> {
    const startedAt = performance.now();
    for (let due = load.burst; !stopped.signal.aborted; ) {
      while (count < due) post();
      await sleep(50, undefined, { signal: stopped.signal }).catch(() => undefined);
      due = load.burst + Math.floor(((performance.now() - startedAt) / 1_000) * load.perSecond);
    }
  }
  const running = run();

  return {
    async stop() {
      stopped.abort();
      await running;
      await Promise.all(pending);
    },
  };
}
