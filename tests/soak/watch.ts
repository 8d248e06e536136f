import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from '../integration/ops/scrape.ts';

/** What must not grow in a process, and how it is read from its metrics. */
export const HELD = {
  'resident MB': 'process_resident_memory_bytes',
  handles: 'nodejs_active_handles_total',
  'open files': 'process_open_fds',
  connections: 'flotilla_database_connections',
} as const;
export type HeldName = keyof typeof HELD;
export type Watched = { process: string; atSeconds: number; held: Record<HeldName, number> };

/** Looks at processes by their operators' ports, every five seconds, until it is stopped. */
export function startWatch(processes: readonly { name: string; opsUrl: string }[]) {
  const startedAt = Date.now();
  const seen: Watched[] = [];
  const stopped = new AbortController();

  async function look({ name, opsUrl }: { name: string; opsUrl: string }): Promise<void> {
    const of = await scrape(opsUrl);
    const held = Object.fromEntries(Object.entries(HELD).map(([what, metric]) => [what, of(metric)]));
    seen.push({ process: name, atSeconds: (Date.now() - startedAt) / 1_000, held: held as Record<HeldName, number> });
  }
  async function watching(): Promise<void> {
    while (!stopped.signal.aborted) {
      await Promise.all(processes.map((one) => look(one).catch(() => undefined)));
      await sleep(5_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const running = watching();
  return {
    seen,
    secondsSoFar: () => (Date.now() - startedAt) / 1_000,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** The mean of one figure of one process over a span of time. */
export function meanOf(
  seen: readonly Watched[],
  { process, what, from, to }: { process: string; what: HeldName; from: number; to: number },
): number {
  const values = seen
    .filter((one) => one.process === process && one.atSeconds >= from && one.atSeconds < to)
    .map(({ held }) => held[what]);
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
