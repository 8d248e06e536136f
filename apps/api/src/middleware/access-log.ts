import { type Logger, traceFields } from '@flotilla/platform';
import type { RequestHandler } from 'express';
import type { FactsOf } from '../http/request-facts.ts';
import type { ApiFacts } from '../metrics.ts';

/** Probes come every second from every side, and say nothing unless they fail. */
const PROBES = new Set(['/healthz', '/readyz']);

export type AccessLogOptions = { logger: Logger; factsOf: FactsOf; answered: ApiFacts['answered'] };

/**
 * One line for each request, and the fact that it was answered. An allow-list of facts: the route's pattern stands for the path, and of header, query and
 * body nothing is logged.
 */
export function logAccess({ logger, factsOf, answered }: AccessLogOptions): RequestHandler {
  return function accessLog(req, res, next) {
    res.once('close', () => {
      const facts = factsOf(req);
      const durationMs = performance.now() - facts.startedAtMs;
      // How long somebody reads a stream says nothing about us.
      const answeredMs = facts.begunAfterMs ?? durationMs;
      answered({ method: req.method, route: facts.route, status: res.statusCode, durationMs: answeredMs });
      const log = facts.route !== null && PROBES.has(facts.route) && res.statusCode < 400 ? logger.debug : logger.info;
      log('request', {
        method: req.method,
        route: facts.route,
        status: res.statusCode,
        ...(facts.code !== null && { code: facts.code }),
        ...(res.writableFinished ? {} : { cutShort: true }),
        ms: Math.round(durationMs * 10) / 10,
        requestId: facts.requestId,
        accountId: facts.accountId,
        ...(facts.missionId !== null && { missionId: facts.missionId }),
        ...traceFields(facts.traceparent),
      });
    });
    next();
  };
}
