import { setTimeout as sleep } from 'node:timers/promises';

export type OpenLoop = {
  /** Of each call in order, from the moment it was due, whether or not it could be sent then. */
  latenciesMs: number[];
  /** Completed a second, until the last was. */
  perSecond: number;
};

/**
 * Starts `rate` calls a second, whatever becomes of those before. A closed loop would wait for slow answers before it
 * asks again, and so leave out of its figures exactly the requests that a real client would have made meanwhile.
 */
export async function runOpenLoop(options: {
  rate: number;
  seconds: number;
  call(index: number): Promise<void>;
}): Promise<OpenLoop> {
  const { rate, seconds, call } = options;
  const total = Math.round(rate * seconds);
  const latenciesMs = Array.from<number>({ length: total });
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  const dueAt = (index: number) => startedAt + (index * 1_000) / rate;

  async function one(index: number): Promise<void> {
    await call(index);
    latenciesMs[index] = performance.now() - dueAt(index);
  }
  for (let index = 0; index < total; ) {
    while (index < total && dueAt(index) <= performance.now()) {
      const made = one(index);
      // One that fails between here and the end is heard of there, and ends no process before.
      made.catch(() => undefined);
      calls.push(made);
      index += 1;
    }
    if (index < total) await sleep(Math.max(0, dueAt(index) - performance.now()));
  }
  await Promise.all(calls);
  return { latenciesMs, perSecond: (total * 1_000) / (performance.now() - startedAt) };
}

/** Keeps `width` calls under way until `total` were made. Measures throughput, and says nothing about latency. */
export async function runClosedLoop(options: {
  total: number;
  width: number;
  call(index: number): Promise<void>;
}): Promise<void> {
  let next = 0;
  async function lane(): Promise<void> {
    while (next < options.total) {
      next += 1;
      await options.call(next - 1);
    }
  }
  await Promise.all(Array.from({ length: options.width }, lane));
}
