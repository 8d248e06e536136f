import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import { LOOP_LOOKED_AT_EVERY_MS } from './loop-watch.ts';

const LISTENS_WITHIN_MS = 10_000;

export type Inspector = Disposable & {
  /** What is alive on its heap after a full collection. */
  liveBytes(): Promise<number>;
  /** Looks at its event loop from now on. */
  watchLoop(): Promise<void>;
  /** How late its event loop was since then, at this percentile. */
  loopDelayMs(percent: number): Promise<number>;
};

/**
 * Looks into a process of the system under test, which knows nothing of it. What it finds in the output is the address, so
 * it is opened before there is much output.
 */
export async function openInspector(child: Child): Promise<Inspector> {
  child.signal('SIGUSR1');
  const socket = new WebSocket(await addressOf(child));
  await once(socket, 'open');
  let lastId = 0;

  function send(method: string, params: object = {}): Promise<unknown> {
    lastId += 1;
    const id = lastId;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    socket.addEventListener('message', function onMessage({ data }) {
      const message: unknown = JSON.parse(String(data));
      if (fieldOf(message, 'id') !== id) return;
      socket.removeEventListener('message', onMessage);
      resolve(fieldOf(message, 'result'));
    });
    socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  async function evaluate(expression: string): Promise<number> {
    const evaluated = await send('Runtime.evaluate', { expression, returnByValue: true });
    return numberOf(fieldOf(evaluated, 'result'), 'value');
  }

  return {
    async liveBytes() {
      // The first may only finish a collection that was under way.
      await send('HeapProfiler.collectGarbage');
      await send('HeapProfiler.collectGarbage');
      const usage = await send('Runtime.getHeapUsage');
      return numberOf(usage, 'usedSize') + numberOf(usage, 'backingStorageSize');
    },
    async watchLoop() {
      const resolution = LOOP_LOOKED_AT_EVERY_MS;
      await evaluate(
        `globalThis.loopDelays ??= process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: ${resolution} });
         loopDelays.reset(); loopDelays.enable(); 0`,
      );
    },
    loopDelayMs: (percent) => evaluate(`loopDelays.percentile(${percent}) / 1e6 - ${LOOP_LOOKED_AT_EVERY_MS}`),
    [Symbol.dispose]: () => socket.close(),
  };
}

async function addressOf(child: Child): Promise<string> {
  const until = performance.now() + LISTENS_WITHIN_MS;
  while (performance.now() < until) {
    const url = /Debugger listening on (ws:\S+)/.exec(child.output())?.[1];
    if (url !== undefined) return url;
    await sleep(10);
  }
  throw new Error(`the process has opened no inspector:\n${child.output()}`);
}

function fieldOf(value: unknown, field: string): unknown {
  return new Map<string, unknown>(typeof value === 'object' && value ? Object.entries(value) : []).get(field);
}

function numberOf(value: unknown, field: string): number {
  const found = fieldOf(value, field);
  return typeof found === 'number' ? found : Number.NaN;
}
