import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import type { AnswerProblem } from './problems.ts';

/** Answers a request whose handler hangs; what the handler comes up with later is dropped. An answer that has begun, a stream, goes on. */
export function cutOff({ afterMs, answer }: { afterMs: number; answer: AnswerProblem }): RequestHandler {
  return function cutOffTimer(req, res, next) {
    const timer = setTimeout(() => {
      if (res.headersSent) return;
      answer(new ProblemError('handler_timeout', `No answer was ready within ${afterMs} ms.`), req, res);
    }, afterMs).unref();
    res.once('close', () => clearTimeout(timer));
    next();
  };
}
