import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@flotilla/db';
import {
  createBellCounter,
  createHealth,
  createLifecycle,
  createLogger,
  createMetrics,
  createOpsServer,
  createOutbound,
  createSecretBox,
  createStoreMetrics,
  createTracing,
  exitWhenParentDies,
  opsParts,
  readConfigOrExit,
  traceFields,
} from '@flotilla/platform';
import { createQueue } from '@flotilla/queue';
import packageJson from '../package.json' with { type: 'json' };
import { readAgentsDir } from './agents/agents-dir.ts';
import { storeAgents } from './agents/store-agents.ts';
import { createApp } from './app.ts';
import { createKeyUses } from './auth/key-uses.ts';
import { readConfig } from './config.ts';
import { createRequestFacts } from './http/request-facts.ts';
import { createLimits } from './limits/limits.ts';
import { createApiMetrics } from './metrics.ts';
import { createProblemAnswerer } from './middleware/problems.ts';
import { createFleetToolFinder } from './missions/fleet-tools.ts';
import { createToolUrlChecker } from './missions/tool-urls.ts';
import { accountRoutes } from './ops/account-routes.ts';
import { runAudit } from './ops/audit-database.ts';
import { auditRoute } from './ops/audit-route.ts';
import { boardPage } from './ops/board-page.ts';
import { poolRoutes } from './ops/pool-routes.ts';
import { switchRoutes } from './ops/switch-routes.ts';
import { workersRoute } from './ops/workers-route.ts';
import { watchPools } from './pool-metrics.ts';
import { prepareQueue } from './prepare-queue.ts';
import { checkLoad, readReadiness } from './routes/health.ts';
import { createApiServer } from './server/server.ts';
import { createEventHub } from './streams/event-hub.ts';

/** Ten seconds for what is under way, and the rest for closing. */
const STOP_GRACE_MS = 14_000;
/** A client is told within two seconds that the database is away, not after a minute of hoping. */
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 3_000;
/** Whoever calls once the API listens finds its agents, unless the database is away. */
const AGENTS_WAIT_UP_TO_MS = 5_000;

const config = readConfigOrExit(readConfig);
const tracing = await createTracing({ ...config.tracing, service: 'api', version: packageJson.version });
const logger = createLogger({ ...config.log, service: 'api', context: () => traceFields(tracing.current()) });
const lifecycle = createLifecycle({ logger, graceMs: STOP_GRACE_MS });
if (config.parentPid !== undefined) exitWhenParentDies({ lifecycle, parentPid: config.parentPid });

const outbound = createOutbound(config.webhooks);
const agents =
  config.agentsDir === undefined
    ? []
    : await readAgentsDir(config.agentsDir, { models: config.models, checkToolUrls: createToolUrlChecker(outbound) });

const secrets = createSecretBox(config.encryptionKeys);
const metrics = createMetrics({ service: 'api', logger });
const store = createStoreMetrics(metrics);
const facts = createApiMetrics(metrics);
const db = createDatabase({
  url: config.databaseUrl,
  isPrepared: !config.isDatabasePooled,
  poolSize: config.poolSize,
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  waitTimeoutMs: STATEMENT_TIMEOUT_MS,
  applicationName: 'flotilla-api',
  onBatch: store.batch,
});
store.watchPool(db.poolUse);
const queue = createQueue({
  ...config.queue,
  onError: (error, context) => logger.warn('queue error', { ...context, error }),
  onWarning: (message) => logger.warn(message),
  onRung: createBellCounter(metrics),
});
watchPools(metrics, { pools: db.pools, queue });
const hub = createEventHub({ db, queue, logger });
facts.watchReaders(() => hub.size);
const { stopping } = lifecycle;
const factsOf = createRequestFacts();
// For the fleet as a whole: on Redis, which answers sooner, or else on the Postgres that there always is.
const limits = createLimits(config.limits, {
  documents: queue.documents ?? db.documents,
  poolWaitMs: db.poolWaitMs,
  logger,
});
const keyUses = createKeyUses({ markUsed: db.keys.markUsed, logger });
const health = {
  needed: createHealth({
    checks: [
      { name: 'database', check: () => db.ping() },
      { name: 'schema', check: () => db.checkSchema() },
    ],
    logger,
    stopping,
  }),
  reported: createHealth({
    checks: [
      { name: 'queue', check: () => queue.ping() },
      { name: 'load', check: () => checkLoad(limits.load) },
    ],
    logger,
  }),
};
const ops = createOpsServer({
  metrics,
  health: { live: health.needed.live, ready: () => readReadiness(health) },
  logger,
  admin: {
    key: config.adminKey,
    routes: [
      auditRoute(() => runAudit(config.directUrl)),
      workersRoute(db.workers),
      ...poolRoutes(db.pools),
      ...accountRoutes({ db, secrets }),
      ...switchRoutes(db.switches),
    ],
    pages: [boardPage({ queue, pools: db.pools })],
  },
});
const server = createApiServer(
  createApp({
    db,
    queue,
    hub,
    stopping,
    outbound,
    secrets,
    logger,
    health,
    models: config.models,
    limits,
    corsOrigins: config.corsOrigins,
    onKeyUse: keyUses.note,
    facts,
    factsOf,
    answer: createProblemAnswerer({ logger, factsOf }),
    tracing,
  }),
  { connectionsMax: config.connectionsMax, logger },
);

let storing: Promise<void> = Promise.resolve();

await lifecycle.start([
  // First, and so the last to stop: what goes wrong on the way is seen from outside.
  ...opsParts(ops, { address: config.ops, logger }),
  { name: 'tracing', stop: () => tracing.close() },
  {
    name: 'database',
    // Not there yet is no reason to fail: readiness says so until it is.
    start: () => db.warmUp().catch((error: unknown) => logger.warn('the database does not answer yet', { error })),
    stop: () => db.close(),
  },
  {
    name: 'agents',
    // As with the database: an API that is early is no API that has failed.
    start: async () => {
      const { once, all } = storeAgents(agents, { db, findFleetTools: createFleetToolFinder(db), logger, stopping });
      storing = all;
      await Promise.race([once, sleep(AGENTS_WAIT_UP_TO_MS, undefined, { ref: false })]);
    },
    stop: () => storing,
  },
  { name: 'queue', start: () => prepareQueue(queue, logger, stopping), stop: () => queue.close() },
  { name: 'outbound', stop: () => outbound.close() },
  { name: 'key uses', start: keyUses.start, stop: keyUses.stop },
  { name: 'limits', start: limits.start, stop: limits.stop },
  {
    name: 'server',
    start: async () => logger.info(`api listening on ${await server.start(config.listen)}`),
    stop: () => server.stop(),
  },
]);
