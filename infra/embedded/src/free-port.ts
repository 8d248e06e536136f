import { createServer } from 'node:net';

/**
 * A port nobody listens on right now. Somebody else may take it before it is used: whoever uses it checks that the
 * process that answers there is its own, and asks again if not.
 */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
