import { once } from 'node:events';
import { createServer } from 'node:http';

type Call = { arrivedAt: number; endedAt: number | null };

const MINUTE_MS = 60_000;

/** A provider that takes so long for a call and refuses none: it counts how many it was asked, and how many at once. */
export async function startCountingServer(latencyMs: number) {
  const calls: Call[] = [];
  let open = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    const call: Call = { arrivedAt: performance.now(), endedAt: null };
    calls.push(call);
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    request.resume();
    const timer = setTimeout(() => response.end('ok'), latencyMs);
    response.on('close', () => {
      clearTimeout(timer);
      open -= 1;
      call.endedAt = performance.now();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    mostAtOnce: () => mostAtOnce,
    mostInAnyMinute() {
      let first = 0;
      return calls.reduce((most, { arrivedAt }, at) => {
        while ((calls[first]?.arrivedAt ?? arrivedAt) <= arrivedAt - MINUTE_MS) first += 1;
        return Math.max(most, at - first + 1);
      }, 0);
    },
    /** Since then: requests that arrived, and the time calls were under way. */
    seen(since: number) {
      const now = performance.now();
      const busyMs = calls.reduce(
        (sum, { arrivedAt, endedAt }) => sum + Math.max(0, (endedAt ?? now) - Math.max(arrivedAt, since)),
        0,
      );
      return { requests: calls.filter(({ arrivedAt }) => arrivedAt >= since).length, busyMs };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
