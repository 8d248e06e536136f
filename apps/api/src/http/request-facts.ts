import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What is known about a request besides the request itself; filled in on its way, read by the log and by problems. */
export type RequestFacts = {
  requestId: string;
  startedAtMs: number;
  /** The pattern of the route, such as `/v1/missions/:missionId`; `null` where none matched. */
  route: string | null;
  accountId: string | null;
  /** The mission that it names, or that its answer is about; `null` where there is none, or there are several. */
  missionId: string | null;
  /** The code of the problem it was answered with. */
  code: string | null;
  /** When an answer that is written over time was begun, in milliseconds from the start; `null` for all others. */
  begunAfterMs: number | null;
  /** Its span, for whoever goes on from it. */
  traceparent: string | null;
};

export type FactsOf = (req: IncomingMessage) => RequestFacts;

/** A client's own id is kept if it could not be mistaken for anything else in a log or a header. */
const SANE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Keeps the facts of each request for as long as somebody holds the request. */
export function createRequestFacts(): FactsOf {
  const all = new WeakMap<IncomingMessage, RequestFacts>();
  return function factsOf(req) {
    const known = all.get(req);
    if (known) return known;
    const given = req.headers['x-request-id'];
    const facts: RequestFacts = {
      requestId: typeof given === 'string' && SANE_ID.test(given) ? given : newRequestId(),
      startedAtMs: performance.now(),
      route: null,
      accountId: null,
      missionId: null,
      code: null,
      begunAfterMs: null,
      traceparent: null,
    };
    all.set(req, facts);
    return facts;
  };
}

export function newRequestId(): string {
  return `req_${randomUUIDv7().replaceAll('-', '')}`;
}
