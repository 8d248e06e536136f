import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** A reply, and when it was complete, in milliseconds of `performance.now()`. */
export type Posted = { status: number; body: string; at: number };
export type Poster = {
  get(path: string): Promise<Posted>;
  post(path: string, body: string): Promise<Posted>;
  close(): void;
};

type Call = { bytes: string; resolve(posted: Posted): void; reject(error: Error): void };

/**
 * HTTP/1.1 over kept connections, one request at a time on each, and little else: the client shares the machine with
 * what it measures, and Node's own client costs several times as much. It believes only replies with a Content-Length.
 */
export function createPoster(options: { url: string; apiKey: string; connections: number }): Poster {
  const { hostname, port } = new URL(options.url);
  const free: Connection[] = [];
  const all = new Set<Connection>();
  const waiting: Call[] = [];

  function open(): Connection {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const connection = createConnection(socket, {
      idle() {
        const next = waiting.shift();
        if (next) connection.send(next);
        else free.push(connection);
      },
      gone() {
        all.delete(connection);
        const at = free.indexOf(connection);
        if (at >= 0) free.splice(at, 1);
      },
    });
    all.add(connection);
    return connection;
  }

  const host = `Host: ${hostname}:${port}`;
  const authorization = `Authorization: Bearer ${options.apiKey}`;

  function send(...lines: string[]): Promise<Posted> {
    return new Promise<Posted>((resolve, reject) => {
      const call = { bytes: lines.join('\r\n'), resolve, reject };
      const connection = free.pop() ?? (all.size < options.connections ? open() : undefined);
      if (connection) connection.send(call);
      else waiting.push(call);
    });
  }

  return {
    get: (path) => send(`GET ${path} HTTP/1.1`, host, authorization, '', ''),
    post(path, body) {
      const content = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
      return send(`POST ${path} HTTP/1.1`, host, authorization, ...content, '', body);
    },
    close() {
      for (const connection of all) connection.end();
    },
  };
}

type Connection = { send(call: Call): void; end(): void };

function createConnection(socket: Socket, on: { idle(): void; gone(): void }): Connection {
  let call: Call | undefined;
  let received: Buffer = Buffer.alloc(0);

  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const head = received.indexOf(HEAD_END);
    if (head < 0) return;
    const text = received.toString('latin1', 0, head);
    const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? '0');
    const end = head + HEAD_END.length + length;
    if (received.length < end) return;
    const body = received.toString('utf8', head + HEAD_END.length, end);
    received = received.subarray(end);
    const done = call;
    call = undefined;
    done?.resolve({ status: Number(text.slice(9, 12)), body, at: performance.now() });
    on.idle();
  });
  socket.on('error', (error) => call?.reject(error));
  socket.on('close', () => {
    on.gone();
    call?.reject(new Error('the server closed the connection'));
  });
  return {
    send(next) {
      call = next;
      socket.write(next.bytes);
    },
    end: () => socket.destroy(),
  };
}
