import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { findFreePort } from '../../harness/free-port.ts';

/** A wire between a process and a server that a test can cut, or stop up: connected, and nothing gets through. */
export type Link = AsyncDisposable & {
  port: number;
  /** Refuses and breaks connections, as a dead server does. */
  cut(): Promise<void>;
  /** Keeps connections and accepts new ones, and lets no byte through, as a dead network does. */
  stopUp(): void;
  /** Breaks the connection over which the next answer comes, before a byte of it is through. */
  loseAnswer(): void;
  mend(): Promise<void>;
};

export async function startLink(target: { host: string; port: number }): Promise<Link> {
  // While it is cut, nobody else is to be given its port.
  const port = await findFreePort();
  const sockets = new Set<Socket>();
  let stoppedUp = false;
  let isLosing = false;

  const server = createServer((near) => {
    const far = connect(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (isLosing && from === far) {
          isLosing = false;
          near.destroy();
        } else if (!stoppedUp) to.write(chunk);
      });
      from
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  });
  async function listen(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }
  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }
  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  }

  await listen();
  return {
    port,
    cut,
    stopUp() {
      stoppedUp = true;
    },
    loseAnswer() {
      isLosing = true;
    },
    async mend() {
      // What was swallowed is gone; a connection that lost bytes is of no use to anybody.
      if (stoppedUp) breakAll();
      stoppedUp = false;
      if (!server.listening) await listen();
    },
    [Symbol.asyncDispose]: cut,
  };
}
