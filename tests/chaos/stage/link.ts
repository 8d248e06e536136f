import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** `up` is towards the server, `down` from it. */
export type Direction = 'up' | 'down';

/**
 * A TCP proxy in front of a server, in this process, so that network faults need nothing of the kernel. What was
 * swallowed stays lost: a connection that lost a byte never carries another one, as after a cable was pulled, and only
 * its two ends can find out.
 */
export type Link = AsyncDisposable & {
  /** The server's URL with this link's port. */
  url: string;
  /** Of each chunk, in each direction. */
  setLatency(ms: number): void;
  /** Swallows what is sent in these directions from now on; nothing for none. */
  swallow(...directions: Direction[]): void;
  /** Resets every open connection. @returns how many there were */
  cut(): number;
  /** Bytes that went nowhere. */
  swallowed(): number;
  delayed(): number;
};

export async function openLink(serverUrl: string): Promise<Link> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let swallowing: readonly Direction[] = [];
  let latencyMs = 0;
  let swallowed = 0;
  let delayed = 0;

  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    const lost = new Set<Direction>();
    join([near, far], 'up', lost);
    join([far, near], 'down', lost);
  });

  function join([from, to]: [Socket, Socket], direction: Direction, lost: Set<Direction>): void {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (swallowing.includes(direction)) lost.add(direction);
      if (lost.has(direction)) {
        swallowed += bytes.length;
      } else if (latencyMs > 0) {
        delayed += 1;
        setTimeout(() => to.writable && to.write(bytes), latencyMs);
      } else {
        to.write(bytes);
      }
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      // Of a connection that is a black hole, not even the end is heard.
      if (lost.size === 0) setTimeout(() => to.destroy(), latencyMs);
      else to.pause();
    });
  }

  function cut(): number {
    const count = sockets.size / 2;
    for (const socket of sockets) socket.resetAndDestroy();
    return Math.round(count);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the link has no port');
  const url = new URL(serverUrl);
  url.port = String(address.port);
  return {
    url: url.href,
    setLatency(ms) {
      latencyMs = ms;
    },
    swallow(...directions) {
      swallowing = directions;
    },
    cut,
    swallowed: () => swallowed,
    delayed: () => delayed,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
