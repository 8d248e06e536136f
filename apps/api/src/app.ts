import type { Database } from '@flotilla/db';
import type { Logger, Outbound, SecretBox, Tracing } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import express, { type Express } from 'express';
import { createAuthenticator } from './auth/authenticate.ts';
import { createMissionTokens } from './auth/mission-token.ts';
import type { FactsOf } from './http/request-facts.ts';
import { createAnswerKeeper } from './idempotency/keep-answer.ts';
import type { Limits } from './limits/limits.ts';
import type { ApiFacts } from './metrics.ts';
import { logAccess } from './middleware/access-log.ts';
import { allowOrigins } from './middleware/cors.ts';
import { cutOff } from './middleware/cut-off.ts';
import { type AnswerProblem, handleErrors, refuseUnknownPaths } from './middleware/problems.ts';
import { echoRequestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { traceRequests } from './middleware/trace.ts';
import { createFleetToolFinder } from './missions/fleet-tools.ts';
import { createPoolChooser } from './missions/pools.ts';
import type { ModelPolicy } from './missions/spec.ts';
import { createToolUrlChecker } from './missions/tool-urls.ts';
import { documentRoutes } from './openapi/document-routes.ts';
import { accountRoute } from './routes/account.ts';
import { accountEventsRoute } from './routes/account-events.ts';
import { agentRoutes } from './routes/agents.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { type HealthSources, healthRoutes } from './routes/health.ts';
import { missionTokensRoute } from './routes/mission-tokens.ts';
import { missionRoutes } from './routes/missions.ts';
import { mountPublicRoutes, mountRoutes } from './routes/mount.ts';
import { rotateAccountSecretRoute } from './routes/rotate-account-secret.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { usageRoute } from './routes/usage.ts';
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';
import type { EventHub } from './streams/event-hub.ts';

/** A request that has no answer by then has none coming. */
const CUT_OFF_AFTER_MS = 300_000;

export type AppDeps = {
  db: Database;
  queue: Pick<Queue, 'ring' | 'ringAll' | 'signals' | 'tellOfEvents'>;
  hub: EventHub;
  /** Aborts when the process stops: what is kept open ends. */
  stopping: AbortSignal;
  outbound: Pick<Outbound, 'checkUrl'>;
  secrets: SecretBox;
  logger: Logger;
  health: HealthSources;
  models: ModelPolicy;
  limits: Limits;
  /** Origins whose pages may read answers. */
  corsOrigins: readonly string[];
  /** Told of every key that got in. */
  onKeyUse(keyId: string): void;
  facts: ApiFacts;
  factsOf: FactsOf;
  answer: AnswerProblem;
  tracing: Tracing;
};

/** The whole API as an Express app that listens nowhere yet. */
export function createApp(deps: AppDeps): Express {
  const { db, logger, limits, facts, factsOf, answer, tracing } = deps;
  const tokens = createMissionTokens(deps.secrets);
  const checks = {
    choosePool: createPoolChooser(db),
    findFleetTools: createFleetToolFinder(db),
    checkToolUrls: createToolUrlChecker(deps.outbound),
  };
  const routes = [
    ...missionRoutes({ ...deps, ...checks, currentTrace: tracing.current }),
    missionTokensRoute({ db, tokens }),
    ...sessionRoutes(deps),
    usageRoute(deps),
    accountRoute(deps),
    rotateAccountSecretRoute(deps),
    accountEventsRoute(deps),
    ...agentRoutes({ ...deps, ...checks }),
    ...webhookEndpointRoutes(deps),
    ...webhookDeliveryRoutes(deps),
    ...apiKeyRoutes(deps),
  ];
  const health = healthRoutes(deps.health);
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  // One address for each thing: what authorises a path must not be spelled in a second way.
  app.enable('case sensitive routing').enable('strict routing');
  app.use(echoRequestId({ factsOf }));
  app.use(traceRequests({ tracing, factsOf }));
  app.use(logAccess({ logger, factsOf, answered: facts.answered }));
  app.use(securityHeaders());
  app.use(cutOff({ afterMs: CUT_OFF_AFTER_MS, answer }));
  // Before anything that turns requests away: how a process fares is asked for most when it fares badly.
  mountPublicRoutes(app, { routes: health, factsOf });
  app.use(allowOrigins(deps.corsOrigins));
  app.use(limits.addresses);
  mountPublicRoutes(app, { routes: documentRoutes([...routes, ...health]), factsOf });
  mountRoutes(app, {
    authenticate: createAuthenticator({ findKey: db.keys.find, tokens, onUse: deps.onKeyUse }),
    limits,
    keepAnswer: createAnswerKeeper(deps),
    factsOf,
    routes,
  });
  app.use(refuseUnknownPaths());
  app.use(handleErrors({ answer }));
  return app;
}
