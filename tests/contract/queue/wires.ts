import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy whose wires can be cut: what is sent is swallowed and no end is told, as by a network that is gone. */
export type Wires = {
  url: string;
  swallow(): void;
  /** What was swallowed stays lost; connections opened from now on work. */
  mend(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openWires(targetUrl: string): Promise<Wires> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let isSwallowing = false;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let isLost = isSwallowing;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        isLost ||= isSwallowing;
        if (!isLost) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);

  return {
    url: url.toString(),
    swallow() {
      isSwallowing = true;
    },
    mend() {
      isSwallowing = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
