import type { IncomingMessage, ServerResponse } from 'node:http';
import { REQUEST_CODES } from '@flotilla/core';
import type { Logger } from '@flotilla/platform';
import { createThrottledLog } from '@flotilla/platform';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ClientGoneError } from '../http/client-gone.ts';
import { pathOf } from '../http/path-of.ts';
import { sendReply } from '../http/reply.ts';
import type { FactsOf } from '../http/request-facts.ts';
import { asProblemError, ProblemError, toProblem } from '../problem.ts';

export type AnswerProblem = (
  error: unknown,
  req: IncomingMessage & { originalUrl?: string },
  res: ServerResponse,
) => void;

const OUTAGE_LOGGED_EVERY_MS = 5_000;

/** Nothing is broken in it: a dependency is away, or there is too much to do. */
const isNotNow = (code: string) => code === 'unavailable' || code === 'overloaded';

/** Answers any error with its problem, and logs what is not the client's doing. */
export function createProblemAnswerer({ logger, factsOf }: { logger: Logger; factsOf: FactsOf }): AnswerProblem {
  // While that is so every request fails alike; one line says it, the access log counts them.
  const warn = createThrottledLog({ log: logger.warn, everyMs: OUTAGE_LOGGED_EVERY_MS });
  return function answerProblem(error, req, res) {
    if (error instanceof ClientGoneError) {
      res.destroy();
      return;
    }
    const problem = asProblemError(error);
    const facts = factsOf(req);
    const { status } = REQUEST_CODES[problem.code];
    if (status >= 500) {
      const { requestId, route, missionId } = facts;
      const fields = { requestId, route, ...(missionId !== null && { missionId }), error };
      if (isNotNow(problem.code)) warn(problem.code, 'a request could not be served now', fields);
      else logger.error('a request failed', fields);
    }
    if (res.headersSent) {
      // Half an answer is out: only a broken connection can tell the client that it is not whole.
      if (!res.writableEnded) res.destroy();
      return;
    }
    facts.code = problem.code;
    const path = pathOf(req.originalUrl ?? req.url ?? '');
    const body = toProblem(problem, { requestId: facts.requestId, path });
    sendReply(req, res, { status, body, ...(problem.parts.headers && { headers: problem.parts.headers }) });
  };
}

/** The last of the app's handlers: where thrown errors and rejections of all others arrive. */
export function handleErrors({ answer }: { answer: AnswerProblem }): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express tells an error handler from others by its four parameters
  return function errors(error: unknown, req, res, _next) {
    answer(error, req, res);
  };
}

/** For paths that are nobody's. */
export function refuseUnknownPaths(): RequestHandler {
  return function unknownPath() {
    throw new ProblemError('not_found', 'There is nothing at this address.');
  };
}
