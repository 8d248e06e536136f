import type { Express, Request, RequestHandler, Response } from 'express';
import type { Authenticate, Needs, Ticket } from '../auth/authenticate.ts';
import { BODY_LIMITS } from '../body/body-limits.ts';
import { parseJson } from '../body/parse-json.ts';
import { hasBody, readBody } from '../body/read-body.ts';
import { createSlicer, type DoWithBody } from '../body/slices.ts';
import { pathOf } from '../http/path-of.ts';
import { type OpenReply, sendReply } from '../http/reply.ts';
import type { FactsOf, RequestFacts } from '../http/request-facts.ts';
import type { OnceKey } from '../idempotency/answer-once.ts';
import { fingerprintOf } from '../idempotency/fingerprint.ts';
import { readIdempotencyKey } from '../idempotency/idempotency-key.ts';
import type { KeepAnswer } from '../idempotency/keep-answer.ts';
import type { Limits } from '../limits/limits.ts';
import { shedLoad } from '../limits/shed-load.ts';
import { missionInBody, missionInPath } from '../missions/mission-in.ts';
import { ProblemError } from '../problem.ts';
import { type Call, checkScopes, type PublicRoute, type Route, refusesKey, takesKey } from './route.ts';

export type MountOptions = {
  routes: readonly Route[];
  authenticate: Authenticate;
  limits: Pick<Limits, 'callers' | 'load' | 'seats'>;
  keepAnswer: KeepAnswer;
  factsOf: FactsOf;
};

const VERBS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/**
 * Puts routes into an app. The order of every request is the same: is there room for it, who is asking, may they, have
 * they asked too often, what do they say, and only then the handler. Other methods of a known address get 405 with what it takes.
 */
export function mountRoutes(app: Express, { routes, ...deps }: MountOptions): void {
  checkScopes(routes);
  const doWithBody = createSlicer();
  const all = routes.map((route) => ({ route, handler: serve(route, { ...deps, doWithBody }) }));
  mountAll(app, all, deps.factsOf);
}

/** Puts routes into an app that anyone may call. */
export function mountPublicRoutes(
  app: Express,
  { routes, factsOf }: { routes: readonly PublicRoute[]; factsOf: FactsOf },
): void {
  const all = routes.map((route) => ({ route, handler: servePublic(route) }));
  mountAll(app, all, factsOf);
}

type Served = { route: Pick<Route, 'method' | 'path'>; handler: RequestHandler };

function mountAll(app: Express, served: readonly Served[], factsOf: FactsOf): void {
  for (const [path, atPath] of Map.groupBy(served, ({ route }) => route.path)) {
    const mounted = app.route(path);
    mounted.all((req, _res, next) => {
      const facts = factsOf(req);
      facts.route = path;
      facts.missionId = missionInPath(req.params);
      next();
    });
    for (const { route, handler } of atPath) mounted[VERBS[route.method]](handler);
    mounted.all(refuseMethod(atPath.map(({ route }) => route.method)));
  }
}

function servePublic(route: PublicRoute): RequestHandler {
  return async function publicRoute(req, res) {
    const reply = await route.handle();
    if ('open' in reply) reply.open(res);
    else sendReply(req, res, reply);
  };
}

function serve(
  route: Route,
  { authenticate, limits, keepAnswer, factsOf, doWithBody }: Omit<MountOptions, 'routes'> & { doWithBody: DoWithBody },
): RequestHandler {
  const ofBody = route.bodyLimits ?? BODY_LIMITS;

  async function receive(req: Request, res: Response): Promise<{ size: number; body: unknown }> {
    if (!isBodyRead(route, req)) return { size: 0, body: undefined };
    const bytes = await readBody(req, res, ofBody.maxBytes);
    return { size: bytes.length, body: await doWithBody(bytes.length, parseJson(bytes, ofBody)) };
  }

  return async function authenticatedRoute(req, res) {
    if (route.makesRoom !== true) shedLoad(limits.load);
    const [params, query] = [paramsOf(req), queryOf(req)];
    const needs = { scope: route.scope, ticket: takeTicket(route, params, query) };
    const { tier, ...caller } = await authenticate(req, needs);
    const { accountId, keyId } = caller;
    factsOf(req).accountId = accountId;
    limits.callers.admit({ keyId, accountId, tier }, res);
    const key = keyOf(route, req);
    const { size, body } = await receive(req, res);
    let once: OnceKey | null = null;
    if (key !== null) {
      const fingerprint = await doWithBody(size, fingerprintOf(pathOf(req.originalUrl), body));
      once = { accountId, route: `${route.method} ${route.path}`, key, fingerprint };
    }
    const call: Call = {
      ...caller,
      params,
      query,
      body,
      once,
      accept: req.headers.accept,
      lastEventId: req.headersDistinct['last-event-id']?.[0],
      isStillAllowed: () => isAllowed(authenticate, req, needs),
      untilGone: () => goneSignal(res),
      holdOpen: () => limits.seats.take({ keyId, accountId }, res),
    };
    const handle = () => route.handle(call);
    const { keepsAnswer: kept, isIdempotent = false } = route;
    const reply = await (kept === undefined ? handle() : keepAnswer({ once, kept, isIdempotent, params, handle }));
    const facts = factsOf(req);
    if ('open' in reply) openReply(reply, res, facts);
    else {
      facts.missionId ??= missionInBody(reply.body);
      sendReply(req, res, reply);
    }
  };
}

function openReply(reply: OpenReply, res: Response, facts: RequestFacts): void {
  // Cut off meanwhile, or the client has gone.
  if (res.headersSent || res.destroyed) return;
  facts.begunAfterMs = performance.now() - facts.startedAtMs;
  reply.open(res);
}

/** What cannot be found out now changes nothing. */
async function isAllowed(authenticate: Authenticate, req: Request, needs: Needs): Promise<boolean> {
  try {
    await authenticate(req, needs);
    return true;
  } catch (error) {
    return !(error instanceof ProblemError);
  }
}

/** What an address holds of tokens, where they count for anything. The handler never sees them. */
function takeTicket(route: Route, params: Call['params'], query: URLSearchParams): Ticket | null {
  const { missionId } = params;
  if (route.takesToken !== true || missionId === undefined || !query.has('token')) return null;
  const tokens = query.getAll('token');
  query.delete('token');
  return { tokens, missionId };
}

function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController();
  // Gone before anybody listened: nobody would tell us again.
  if (res.destroyed) gone.abort();
  else res.once('close', () => gone.abort());
  return gone.signal;
}

function isBodyRead(route: Route, req: Request): boolean {
  if (route.body === undefined) return false;
  if (hasBody(req)) return true;
  if (route.body === 'required') throw new ProblemError('invalid_json', 'The body is empty; send a JSON object.');
  return false;
}

/** @throws {ProblemError} `invalid_idempotency_key`, `idempotency_key_not_taken`: dropped without a word, it would promise */
function keyOf(route: Route, req: Request): string | null {
  const header = req.headers['idempotency-key'];
  if (takesKey(route)) return readIdempotencyKey(header);
  if (header === undefined || !refusesKey(route)) return null;
  const detail = 'What this address answers is kept for no Idempotency-Key; leave the header out.';
  throw new ProblemError('idempotency_key_not_taken', detail);
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return function otherMethods() {
    throw new ProblemError('method_not_allowed', `This address takes ${allow}.`, { headers: { Allow: allow } });
  };
}

function paramsOf(req: Request): Record<string, string> {
  // Of a wildcard, Express gives the segments.
  return Object.fromEntries(
    Object.entries(req.params).map(([name, value]) => [name, typeof value === 'string' ? value : value.join('/')]),
  );
}

function queryOf(req: Request): URLSearchParams {
  const [, query = ''] = /\?([^#]*)/.exec(req.originalUrl) ?? [];
  return new URLSearchParams(query);
}
