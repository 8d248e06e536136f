import type { SharedDocuments } from '@flotilla/core';
import { vi } from 'vitest';
import type { KeyLimits } from '../limits/admit.ts';
import { createProviderGate } from '../limits/create-gate.ts';
import type { ProviderGate } from '../limits/provider-gate.ts';

/** What a provider sees of a call: when it arrived, when it ended, with which key, and its tokens. */
export type SeenCall = { key: string; arrivedAt: number; endedAt: number | null; tokens: number };

/** How long a call takes until it arrives, how long then, and what it comes to; the estimate of it is `most`. */
export type CallPlan = { travelMs: number; latencyMs: number; tokens: number; most: number };

export type FleetOptions = {
  processes: number;
  keys: readonly string[];
  limits: KeyLimits;
  documents: SharedDocuments;
  /** Calls that each process has in hand at once. */
  slots: number;
  plan: () => CallPlan;
  random: () => number;
};

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Processes that call one provider as fast as they may, on a clock of the test's. */
export function startGateFleet({ processes, slots, plan, random, ...options }: FleetOptions) {
  const seen: SeenCall[] = [];
  const stop = new AbortController();
  const gates = Array.from({ length: processes }, () => createProviderGate({ name: 'provider', random, ...options }));
  const served = gates.map(() => 0);

  async function callOnce(gate: ProviderGate, at: number): Promise<void> {
    const { travelMs, latencyMs, tokens, most } = plan();
    const admitted = await gate.acquire({ tokens: most, waitMs: 5_000, signal: stop.signal });
    if (admitted.kind === 'wait') return wait(admitted.afterMs);
    const { permit } = admitted;
    if (!permit.isFresh()) return permit.release({ wasSent: false, tokens: 0 });
    await wait(travelMs);
    const call: SeenCall = { key: permit.key, arrivedAt: performance.now(), endedAt: null, tokens };
    seen.push(call);
    await wait(latencyMs);
    call.endedAt = performance.now();
    served[at] = (served[at] ?? 0) + 1;
    permit.release({ wasSent: true, tokens });
  }

  const loops = gates.flatMap((gate, at) =>
    Array.from({ length: slots }, async () => {
      while (!stop.signal.aborted) await callOnce(gate, at).catch(() => undefined);
    }),
  );

  return {
    seen,
    served,
    /** Takes nothing new, and waits for what is under way. */
    async end() {
      stop.abort();
      const ended = Promise.all(loops).then(() => Promise.all(gates.map((gate) => gate.close())));
      await vi.advanceTimersByTimeAsync(60_000);
      await ended;
    },
  };
}

/** The most of anything in any `windowMs`, and at any moment. */
export function mostInAnyWindow(events: readonly { at: number; weight: number }[], windowMs: number): number {
  const sorted = events.toSorted((a, b) => a.at - b.at);
  let from = 0;
  let sum = 0;
  let most = 0;
  for (const event of sorted) {
    sum += event.weight;
    for (let first = sorted[from]; first && first.at <= event.at - windowMs; first = sorted[from]) {
      sum -= first.weight;
      from += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

export function mostAtOnce(calls: readonly SeenCall[]): number {
  const moves = calls.flatMap(({ arrivedAt, endedAt }) => [
    { at: arrivedAt, by: 1 },
    { at: endedAt ?? Number.POSITIVE_INFINITY, by: -1 },
  ]);
  moves.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of moves) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
