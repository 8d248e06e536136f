import { readTraceparent, type Tracing } from '@flotilla/platform';
import type { RequestHandler } from 'express';
import { pathOf } from '../http/path-of.ts';
import type { FactsOf } from '../http/request-facts.ts';

/** They come every second from every side, and belong to nobody's trace. */
const PROBES = new Set(['/healthz', '/readyz']);

/** A span for each request, in the trace that its `traceparent` names; without an exporter that is only passed on. */
export function traceRequests({ tracing, factsOf }: { tracing: Tracing; factsOf: FactsOf }): RequestHandler {
  return function traceRequest(req, res, next) {
    const given = req.headers['traceparent'];
    const parent = typeof given === 'string' && readTraceparent(given) !== null ? given.trim() : null;
    if ((parent === null && !tracing.isOn) || PROBES.has(pathOf(req.url))) {
      next();
      return;
    }
    const facts = factsOf(req);
    const { method } = req;
    const fields = { 'http.request.method': method, 'flotilla.request.id': facts.requestId };
    const span = tracing.start({ name: method, kind: 'server', parent, fields });
    facts.traceparent = span.traceparent;
    res.once('close', () => {
      const { route, code } = facts;
      const { statusCode } = res;
      span.end({
        name: route === null ? method : `${method} ${route}`,
        fields: { 'http.response.status_code': statusCode, ...(route !== null && { 'http.route': route }) },
        failed: statusCode >= 500 ? (code ?? String(statusCode)) : null,
      });
    });
    tracing.within(span, next);
  };
}
