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
  /** The connections that were reset or lost a byte, by the port the server sees, and when. */
  hurt(): { port: number; at: number }[];
};

type Connection = { sockets: [Socket, Socket]; lost: Set<Direction>; port: number; hurtAt: number | null };

export async function openLink(serverUrl: string): Promise<Link> {
  const target = new URL(serverUrl);
  const connections: Connection[] = [];
  let swallowing: readonly Direction[] = [];
  let latencyMs = 0;
  let swallowed = 0;
  let delayed = 0;

  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    const connection: Connection = { sockets: [near, far], lost: new Set(), port: 0, hurtAt: null };
    connections.push(connection);
    far.once('connect', () => {
      connection.port = far.localPort ?? 0;
    });
    join(connection, [near, far], 'up');
    join(connection, [far, near], 'down');
  });

  function join(connection: Connection, [from, to]: [Socket, Socket], direction: Direction): void {
    const { lost } = connection;
    from.on('data', (bytes) => {
      if (swallowing.includes(direction)) {
        lost.add(direction);
        connection.hurtAt ??= Date.now();
      }
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
      // Of a connection that is a black hole, not even the end is heard.
      if (lost.size === 0) setTimeout(() => to.destroy(), latencyMs);
      else to.pause();
    });
  }

  function cut(): number {
    const open = connections.filter(({ sockets }) => sockets.some((socket) => !socket.destroyed));
    for (const connection of open) {
      connection.hurtAt ??= Date.now();
      for (const socket of connection.sockets) socket.resetAndDestroy();
    }
    return open.length;
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
    hurt: () => connections.flatMap(({ port, hurtAt }) => (hurtAt === null ? [] : [{ port, at: hurtAt }])),
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
