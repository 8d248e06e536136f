import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyLimits } from '@flotilla/agent';
import { LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { startProcess, waitFor } from '../../harness/index.ts';
import { openStore, type StorePlace } from './stores.ts';

/** What both stores of the fleet's limits keep to. */
export function describeLimits(kind: string, openPlace: () => Promise<StorePlace & AsyncDisposable>): void {
  describe(`documents on ${kind}`, () => {
    it('of writers who read the same, one is first and the others are told so', async () => {
      await using place = await openPlace();
      const store = openStore(place);
      const other = openStore(place);
      try {
        expect(await ready(store.documents)).toMatchObject({ text: null, version: null });
        const first = await Promise.all(
          [store, other, store, other].map(({ documents }, at) =>
            documents.write({ name: 'a', text: `first ${at}`, version: null }),
          ),
        );
        expect(first.filter(Boolean)).toHaveLength(1);

        const { version, text } = await store.documents.read('a');
        expect(text).toBe(`first ${first.indexOf(true)}`);
        const second = await Promise.all(
          [store, other].map(({ documents }) => documents.write({ name: 'a', text: 'second', version })),
        );
        expect(second.filter(Boolean)).toHaveLength(1);
        expect(await other.documents.write({ name: 'a', text: 'third', version })).toBe(false);
        expect((await other.documents.read('a')).text).toBe('second');
        expect((await other.documents.read('b')).text).toBeNull();
      } finally {
        await Promise.all([store.close(), other.close()]);
      }
    });

    it('a version that was lost with its document is not taken for one of now', async () => {
      await using place = await openPlace();
      const { documents, close } = openStore(place);
      try {
        await ready(documents);
        expect(await documents.write({ name: 'a', text: 'x', version: 'long-gone' })).toBe(false);
        expect((await documents.read('a')).text).toBeNull();
      } finally {
        await close();
      }
    });

    it('the clock is the store’s, and goes on', async () => {
      await using place = await openPlace();
      const { documents, close } = openStore(place);
      try {
        const { nowMs } = await ready(documents);
        await sleep(50);
        const later = (await documents.read('a')).nowMs - nowMs;
        expect(later).toBeGreaterThanOrEqual(45);
        expect(later).toBeLessThan(5_000);
      } finally {
        await close();
      }
    });
  });

  describe(`limits of several processes on ${kind}`, () => {
    it('hold while one is killed, and what it held comes back with its lease', { timeout: 180_000 }, async () => {
      await using place = await openPlace();
      await using witness = await startWitness();
      const limits: KeyLimits = { concurrency: 3, requests: 300, tokens: null };
      const { kind: store, url, prefix } = place;
      const start = (lanes: number) =>
        startProcess({
          args: [join(import.meta.dirname, 'caller.ts')],
          env: { TASK: JSON.stringify({ kind: store, url, prefix, witnessUrl: witness.url, limits, lanes }) },
          readyLine: /calling/,
        });
      await using dying = await start(3);
      await waitFor(async () => witness.holders().get(dying.pid) === 3 || undefined, { what: 'the first to hold all' });
      // Its three calls are under way, and it can say nothing more of them.
      const killedAt = performance.now();
      await dying.stop('SIGKILL');
      await using starting = new AsyncDisposableStack();
      const [one, other] = await Promise.all([start(2), start(2)]);
      starting.use(one);
      starting.use(other);
      const callsThen = witness.calls.length;
      await waitFor(async () => witness.calls.length > callsThen || undefined, {
        what: 'the permits of the dead to come back',
        timeoutMs: 3 * LEASE_EXPIRES_AFTER_MS,
      });
      expect(performance.now() - killedAt).toBeGreaterThan(LEASE_EXPIRES_AFTER_MS - 4_000);

      await sleep(5_000);
      await Promise.all([one.stop(), other.stop()]);
      const ofPid = (pid: number) => witness.calls.filter((call) => call === pid).length;
      expect(ofPid(one.pid)).toBeGreaterThan(3);
      expect(ofPid(other.pid)).toBeGreaterThan(3);
      expect(witness.mostAtOnce()).toBe(3);
      expect(witness.calls.length).toBeLessThanOrEqual(300);
    });

    it('a minute’s requests are not exceeded, however many ask', { timeout: 180_000 }, async () => {
      await using place = await openPlace();
      await using witness = await startWitness();
      const limits: KeyLimits = { concurrency: 20, requests: 30, tokens: null };
      const { kind: store, url, prefix } = place;
      const env = { TASK: JSON.stringify({ kind: store, url, prefix, witnessUrl: witness.url, limits, lanes: 5 }) };
      const args = [join(import.meta.dirname, 'caller.ts')];
      await using one = await startProcess({ args, env, readyLine: /calling/ });
      await using other = await startProcess({ args, env, readyLine: /calling/ });
      await waitFor(() => witness.calls.length > 7, { what: 'the third tenth of the minute', timeoutMs: 60_000 });
      await Promise.all([one.stop(), other.stop()]);
      const most = Math.max(
        ...witness.arrivals.map(
          (at) => witness.arrivals.filter((arrival) => arrival >= at && arrival < at + 4_000).length,
        ),
      );
      // A tenth of them in a tenth of the minute.
      expect(most).toBeLessThanOrEqual(3);
    });
  });
}

/** The first answer of a store that is still connecting. */
async function ready(documents: ReturnType<typeof openStore>['documents']) {
  return waitFor(async () => documents.read('a').catch(() => undefined), { what: 'the store to answer' });
}

/** A server that takes 300 ms a call, and counts who calls. */
async function startWitness() {
  const calls: number[] = [];
  const arrivals: number[] = [];
  const open = new Map<number, number>();
  let most = 0;
  const change = (pid: number, by: number) => open.set(pid, (open.get(pid) ?? 0) + by);
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const pid = Number(body);
      calls.push(pid);
      arrivals.push(performance.now());
      change(pid, 1);
      most = Math.max(
        most,
        [...open.values()].reduce((sum, count) => sum + count, 0),
      );
      const end = () => response.end('ok');
      const timer = setTimeout(end, 300);
      response.on('close', () => {
        clearTimeout(timer);
        change(pid, -1);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    arrivals,
    holders: (): ReadonlyMap<number, number> => open,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
