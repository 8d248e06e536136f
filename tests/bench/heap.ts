import { once } from 'node:events';
import type { Child } from './child.ts';

/** What is alive on a process's heap, by its inspector; the process must have been started with `--inspect`. */
export async function openHeap(child: Child): Promise<{ liveBytes(): Promise<number>; close(): void }> {
  const url = /Debugger listening on (ws:\S+)/.exec(child.output())?.[1];
  if (url === undefined) throw new Error('the process has no inspector');
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let lastId = 0;

  function send(method: string): Promise<unknown> {
    lastId += 1;
    const id = lastId;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    socket.addEventListener('message', function onMessage({ data }) {
      const message: unknown = JSON.parse(String(data));
      if (typeof message !== 'object' || !message || !('id' in message) || message.id !== id) return;
      socket.removeEventListener('message', onMessage);
      resolve('result' in message ? message.result : undefined);
    });
    socket.send(JSON.stringify({ id, method }));
    return promise;
  }

  return {
    async liveBytes() {
      // The first may only finish a collection that was under way.
      await send('HeapProfiler.collectGarbage');
      await send('HeapProfiler.collectGarbage');
      const usage = await send('Runtime.getHeapUsage');
      return bytesOf(usage, 'usedSize') + bytesOf(usage, 'backingStorageSize');
    },
    close: () => socket.close(),
  };
}

function bytesOf(usage: unknown, field: string): number {
  const fields = new Map<string, unknown>(typeof usage === 'object' && usage ? Object.entries(usage) : []);
  const value = fields.get(field);
  return typeof value === 'number' ? value : 0;
}
