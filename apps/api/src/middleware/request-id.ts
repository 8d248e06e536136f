import type { RequestHandler } from 'express';
import type { FactsOf } from '../http/request-facts.ts';

/** Gives every answer the id under which its request is logged. */
export function echoRequestId({ factsOf }: { factsOf: FactsOf }): RequestHandler {
  return function requestId(req, res, next) {
    res.setHeader('X-Request-Id', factsOf(req).requestId);
    next();
  };
}
