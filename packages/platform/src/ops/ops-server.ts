import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Logger } from '../logger/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createKeyCheck } from './admin-key.ts';
import { findRoute, OpsError, type OpsPage, type OpsReply, type OpsRoute } from './ops-route.ts';
import { readJson } from './read-json.ts';

export type OpsServerOptions = {
  metrics: Metrics;
  health: { live(): object; ready(): Promise<{ status: 'ok' | 'unavailable' }> };
  logger: Logger;
  /** Served to whoever has the key; without a key they are not there at all. */
  admin?: { key: string | undefined; routes: readonly OpsRoute[]; pages?: readonly OpsPage[] };
};

export type OpsServer = {
  /** Resolves to the URL it listens on. Port 0 is any free one. */
  start(address: { host: string; port: number }): Promise<string>;
  stop(): Promise<void>;
};

/** Scrapers come every few seconds and keep their connection. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 } as const;

/** A page has its own scripts and styles, and talks to nobody else. */
const PAGE_POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'font-src', 'connect-src', 'base-uri'].map((what) => `${what} 'self'`),
  "img-src 'self' data:",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The operators' port: `/metrics`, `/healthz` and `/readyz` for whoever reaches it, `/admin/…` for whoever has the key.
 * It is a server of its own, so that neither a crowd at the public one nor its rules stand in an operator's way, and a
 * network can keep it to the inside. Errors are RFC 9457 problems without a type of their own.
 */
export function createOpsServer({ metrics, health, logger, admin }: OpsServerOptions): OpsServer {
  const hasKey = admin?.key === undefined ? null : createKeyCheck(admin.key);

  async function answer(req: IncomingMessage, path: string): Promise<OpsReply> {
    if (path.startsWith('/admin/') && admin && hasKey) return answerOperator(req, path, admin.routes);
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (path === '/healthz' && isRead) return { status: 200, body: health.live() };
    if (path === '/readyz' && isRead) {
      const body = await health.ready();
      return { status: body.status === 'ok' ? 200 : 503, body };
    }
    throw new OpsError(404, 'There is nothing at this address.');
  }

  async function answerOperator(req: IncomingMessage, path: string, routes: readonly OpsRoute[]): Promise<OpsReply> {
    // Before anything else: without the key, an address that is there looks like one that is not.
    if (!hasKey?.(req.headersDistinct['authorization'])) {
      throw new OpsError(401, 'Send FLOTILLA_ADMIN_KEY in the header Authorization: Bearer ….');
    }
    const match = findRoute(routes, req.method ?? '', path);
    if (match === null) throw new OpsError(404, 'There is nothing at this address.');
    if ('allow' in match) throw new OpsError(405, `This address takes ${match.allow}.`);
    const { route, name } = match;
    const query = new URLSearchParams((req.url ?? '').split('?')[1]);
    const reply = await route.handle({ name, query, body: await readJson(req) });
    if (route.method !== 'GET') {
      logger.info('an operator intervened', { route: route.path, name, status: reply.status });
    }
    return reply;
  }

  /** Read with the key in a browser's own dialogue; nothing else takes it there, since a browser sends it along unasked. */
  async function servePage(req: IncomingMessage, res: ServerResponse, page: OpsPage): Promise<void> {
    const [path = '', query] = (req.url ?? '').split('?');
    if (!hasKey?.(req.headersDistinct['authorization'], true)) {
      res.setHeader('WWW-Authenticate', 'Basic realm="flotilla-operators", charset="UTF-8"');
      throw new OpsError(401, 'Send FLOTILLA_ADMIN_KEY as the password, whatever the user’s name.');
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new OpsError(405, 'What is here can only be looked at.');
    const reply = await page.get(path, new URLSearchParams(query));
    if (!reply) throw new OpsError(404, 'There is nothing at this address.');
    res.setHeader('Content-Security-Policy', PAGE_POLICY);
    send(res, { status: reply.status, contentType: reply.contentType, text: reply.body });
  }

  function findPage(path: string): OpsPage | undefined {
    if (!hasKey) return undefined;
    return admin?.pages?.find((page) => path === page.path || path.startsWith(`${page.path}/`));
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [path = ''] = (req.url ?? '').split('?');
    try {
      const page = findPage(path);
      if (page) {
        await servePage(req, res, page);
        return;
      }
      if (path === '/metrics' && req.method === 'GET') {
        const { contentType, text } = await metrics.render();
        send(res, { status: 200, contentType, text });
        return;
      }
      const { status, body } = await answer(req, path);
      send(res, { status, contentType: 'application/json', text: JSON.stringify(body) });
    } catch (error) {
      sendProblem(res, error);
    }
  }

  function sendProblem(res: ServerResponse, error: unknown): void {
    const { status, message } =
      error instanceof OpsError ? error : { status: 500, message: 'This failed; the log says why.' };
    if (status === 500) logger.error('an operator’s request failed', { error });
    if (status === 401 && !res.hasHeader('WWW-Authenticate')) {
      res.setHeader('WWW-Authenticate', 'Bearer realm="flotilla-operators"');
    }
    const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, detail: message };
    send(res, { status, contentType: 'application/problem+json', text: JSON.stringify(problem) });
  }

  const server = createServer(LIMITS, (req, res) => void serve(req, res));

  return {
    async start({ host, port }) {
      server.listen({ host, port });
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the operators’ server listens on no port');
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      // Nothing here is worth waiting for: whoever scrapes comes again.
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(
  res: ServerResponse,
  { status, contentType, text }: { status: number; contentType: string; text: string | Buffer },
) {
  if (res.destroyed) return;
  res.statusCode = status;
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.end(text);
}
