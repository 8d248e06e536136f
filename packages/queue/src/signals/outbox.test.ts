import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SIGNAL_EVERY_MS, SIGNALS_PENDING_MAX } from '../settings.ts';
import { createOutbox } from './outbox.ts';

/** An outbox, and the messages it published, each with its time. */
function setup(publish: () => Promise<void> = async () => undefined) {
  const published: { at: number; signals: unknown[] }[] = [];
  const errors: unknown[] = [];
  const outbox = createOutbox({
    async publish(message) {
      published.push({ at: performance.now(), signals: JSON.parse(message) });
      await publish();
    },
    maxBytes: 8_000,
    onError: (error) => errors.push(error),
  });
  const send = (missionId: string) => outbox.send({ kind: 'stop', missionId });
  return { outbox, send, published, errors };
}

it('sends the first at once and gathers the rest: one message every 20 ms, whatever is sent', async () => {
  const { send, published } = setup();
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < 200) {
    send(`mis_${count}`);
    count += 1;
    await sleep(1);
  }
  await sleep(3 * SIGNAL_EVERY_MS);
  expect(published.flatMap(({ signals }) => signals)).toHaveLength(count);
  const gaps = published.slice(1).map(({ at }, index) => at - (published[index]?.at ?? 0));
  // A timer may fire a moment early.
  expect(Math.min(...gaps)).toBeGreaterThan(SIGNAL_EVERY_MS - 2);
});

it('says the same once, and what is said in one turn of the event loop in one message', async () => {
  const { outbox, send, published } = setup();
  for (const id of ['mis_1', 'mis_2', 'mis_1']) send(id);
  await outbox.close();
  expect(published.map(({ signals }) => signals.length)).toEqual([2]);
});

it('leaves a server alone that failed, and keeps nothing for it', async () => {
  const { send, published, errors } = setup(() => Promise.reject(new Error('gone')));
  for (let index = 0; index < 500; index += 1) send(`mis_${index}`);
  await sleep(100);
  for (let index = 0; index < 500; index += 1) send(`mis_${index}`);
  await sleep(100);
  expect(published).toHaveLength(1);
  expect(errors).toHaveLength(1);
});

it('holds a bounded number for a server that is slow, and says so', async () => {
  const gate = Promise.withResolvers<void>();
  const { outbox, send, published, errors } = setup(() => gate.promise);
  for (let index = 0; index < 2 * SIGNALS_PENDING_MAX; index += 1) send(`mis_${index}`);
  gate.resolve();
  await outbox.close();
  expect(errors).toEqual([new Error(`${SIGNALS_PENDING_MAX} signals too many were dropped`)]);
  expect(published.flatMap(({ signals }) => signals)).toHaveLength(SIGNALS_PENDING_MAX);
});
