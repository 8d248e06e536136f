import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createThrottledLog, type Logger } from '@flotilla/platform';
import { ProblemError } from '../problem.ts';
import { endWithProblem, problemOfParser } from './raw-problem.ts';

/** Limits of the connection. `keepAliveTimeout` outlasts what load balancers keep idle (60 s), so that they close first. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  /** Node looks for overdue requests every 30 s unless told otherwise. */
  connectionsCheckingInterval: 1_000,
} as const;
const HEADERS_MAX = 100;
/** An answer of which nothing was taken for so long is given up, and what it holds in memory with it; it may take twice that. */
const UNREAD_FOR_MS = 30_000;
const REFUSALS_LOGGED_EVERY_MS = 30_000;

/** What is under way when the process is told to stop may take this long. */
const IN_FLIGHT_GRACE_MS = 10_000;
/** A kept connection may have a request on its way to us: it is answered, and told that it was the last. */
const IDLE_GRACE_MS = 500;
const LOOK_EVERY_MS = 50;

export type ApiServer = {
  /** Resolves to the URL it listens on. Port 0 is any free one. */
  start(address: { host: string; port: number }): Promise<string>;
  /** Accepts nothing new, finishes what is under way, and closes every connection; within about ten seconds. */
  stop(): Promise<void>;
};

export type ApiServerOptions = {
  /** Connections at once; one more is closed as soon as it is there. */
  connectionsMax: number;
  logger: Pick<Logger, 'warn'>;
  unreadForMs?: number;
};

/** The HTTP server around an app: its limits, its answers to what never became a request, and its end. */
export function createApiServer(app: RequestListener, options: ApiServerOptions): ApiServer {
  const { connectionsMax, logger, unreadForMs = UNREAD_FOR_MS } = options;
  const warn = createThrottledLog({ log: logger.warn, everyMs: REFUSALS_LOGGED_EVERY_MS });
  const underWay = new Set<ServerResponse>();
  /** By socket, in the order in which they are sent. */
  const answersOf = new WeakMap<Duplex, Set<ServerResponse>>();
  /** By socket, the newest request's answer: two answers to one request would be read as answers to two. */
  const newest = new WeakMap<Duplex, ServerResponse>();
  let isStopping = false;

  const listener: RequestListener = (req, res) => {
    const answers = answersOf.get(req.socket) ?? new Set<ServerResponse>();
    answersOf.set(req.socket, answers.add(res));
    underWay.add(res);
    newest.set(req.socket, res);
    res.once('close', () => {
      underWay.delete(res);
      answers.delete(res);
    });
    if (isStopping) res.setHeader('Connection', 'close');
    app(req, res);
  };

  const server = createServer(LIMITS, listener);
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = connectionsMax;
  server.on('drop', () => {
    warn('connections', 'a connection was refused: there are as many as may be', { connectionsMax });
  });
  server.setTimeout(unreadForMs, (socket) => {
    // Nothing went either way. A handler may still be at work, or a stream be quiet: that is their matter.
    const [first] = answersOf.get(socket) ?? [];
    if (first && !first.writableEnded) socket.setTimeout(unreadForMs);
    else socket.destroy();
  });
  server.on('connection', (socket: Socket) => {
    socket.once('close', () => {
      // Node 20 tells only the one whose turn it was to be sent, 24.21 all. Those behind it would wait, and hold what they
      // hold, for good; and only one that is destroyed says so to a handler that comes to it later.
      for (const answer of answersOf.get(socket) ?? []) {
        if (answer.socket === null && !answer.destroyed) answer.destroy().emit('close');
      }
    });
  });
  server.on('checkContinue', listener);
  server.on('clientError', (error, socket) => {
    const answer = newest.get(socket);
    const isGone = 'code' in error && error.code === 'ECONNRESET';
    if (isGone || !socket.writable) socket.destroy();
    else if (answer && !isOver(answer)) breakOff(answer, () => endWithProblem(socket, problemOfParser(error)));
    else endWithProblem(socket, problemOfParser(error));
  });
  server.on('connect', (_req, socket) => {
    endWithProblem(
      socket,
      new ProblemError('method_not_allowed', 'This is no proxy.', { headers: { Allow: 'GET, HEAD, POST' } }),
    );
  });

  return {
    async start({ host, port }) {
      server.listen({ host, port });
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },

    async stop() {
      isStopping = true;
      for (const res of underWay) if (!res.headersSent) res.setHeader('Connection', 'close');
      // Not the HTTP server's own close(): it cuts idle connections in the same moment, and with them the requests
      // that have been sent on them and not been read yet.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
      const idleAt = performance.now() + IDLE_GRACE_MS;
      const looking = setInterval(() => {
        if (performance.now() >= idleAt) server.closeIdleConnections();
      }, LOOK_EVERY_MS);
      const cut = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_GRACE_MS);
      await closed;
      clearInterval(looking);
      clearTimeout(cut);
    },
  };
}

function isOver(answer: ServerResponse): boolean {
  return answer.writableFinished && answer.req.complete;
}

/** What came after a request, or in the middle of it, cannot be understood. */
function breakOff(answer: ServerResponse, refuse: () => void): void {
  const { req } = answer;
  if (req.complete) {
    // A whole request is under way: it gets its own answer, and then the connection ends.
    if (!answer.headersSent) answer.setHeader('Connection', 'close');
    answer.once('finish', () => req.socket.destroySoon());
  } else if (answer.headersSent) {
    req.socket.destroy();
  } else {
    refuse();
  }
}
