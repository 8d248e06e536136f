import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Faults, WitnessLine } from './log.ts';

/**
 * A witness is a process of its own that sees the system from outside and writes down what it saw. It is driven over
 * its IPC channel: `{faults}` tells it how to misbehave, `{flush}` asks for everything to be on disk.
 */
export async function runWitness(options: {
  handle(request: IncomingMessage, body: string, response: ServerResponse): Promise<void>;
  onFaults(faults: Faults): void;
}): Promise<{ note(line: WitnessLine): void; close(): Promise<void>; open(): Promise<void> }> {
  const log = createWriteStream(process.env['WITNESS_LOG'] ?? '/dev/null', { flags: 'a' });
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    request.on('end', () => {
      options.handle(request, body, response).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 60_000;
  let port = 0;

  const open = () =>
    new Promise<void>((resolve) => {
      if (server.listening) resolve();
      else server.listen(port, '127.0.0.1', resolve);
    });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await open();
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  process.on('message', (message: { faults?: Faults; flush?: true }) => {
    if (message.faults) options.onFaults(message.faults);
    if (message.flush) log.write('', () => process.send?.({ flushed: true }));
  });
  // The suite is gone: so are we.
  process.on('disconnect', () => process.exit(0));
  process.stdout.write(`witness ready on ${port}\n`);
  return { note: (line) => void log.write(`${JSON.stringify(line)}\n`), open, close };
}
