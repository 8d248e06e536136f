import { hostname } from 'node:os';
import { createAgentPool, createDeclaredTool, createSecrets, createSimTools, createTools } from '@flotilla/agent';
import { allToolsOf, DRAIN_GRACE_MS, isModelAllowed } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import {
  createBellCounter,
  createHealth,
  createLifecycle,
  createLogger,
  createMetrics,
  createOpsServer,
  createOutbound,
  createRedactor,
  createSecretBox,
  createStoreMetrics,
  createThrottledLog,
  createTracing,
  exitWhenParentDies,
  opsParts,
  readConfigOrExit,
  traceFields,
} from '@flotilla/platform';
import { createQueue } from '@flotilla/queue';
import packageJson from '../package.json' with { type: 'json' };
import { awaitSchema } from './await-schema.ts';
import { readConfig } from './config.ts';
import { createWorkerMcp } from './mcp.ts';
import { meterTool, meterTools } from './meter-tools.ts';
import { createWorkerMetrics } from './metrics/worker-metrics.ts';
import { createOpenSecrets } from './open-secrets.ts';
import { createToolPoster } from './post-tool.ts';
import { createPricing, loadPrices } from './prices.ts';
import { createProviders } from './providers.ts';
import { createResponses } from './responses.ts';
import { createToolStores } from './tool-stores.ts';
import { createToolSwitches } from './tool-switches.ts';
import { loadTools } from './tools-dir.ts';
import { createMissionTraces } from './trace/mission-traces.ts';
import { createSearch } from './web-search.ts';
import { createWorker } from './worker.ts';

/** Closing what the drain has left behind. */
const CLOSE_GRACE_MS = 3_000;

const config = readConfigOrExit(readConfig);
const redactor = createRedactor();
for (const secret of [...config.toolSecrets.values(), ...config.mcp.secrets.values()]) redactor.register(secret);
const toolSecrets = createSecrets(config.toolSecrets, config.mcp.secrets);
const tracing = await createTracing({ ...config.tracing, service: 'worker', version: packageJson.version });
const inTrace = () => traceFields(tracing.current());
const logger = createLogger({ ...config.log, service: 'worker', redactor, context: inTrace });
const lifecycle = createLifecycle({ logger, graceMs: DRAIN_GRACE_MS + CLOSE_GRACE_MS });
if (config.parentPid !== undefined) exitWhenParentDies({ lifecycle, parentPid: config.parentPid });

const metrics = createMetrics({ service: 'worker', logger });
const store = createStoreMetrics(metrics);
const facts = createWorkerMetrics(metrics, config.pools);
const traces = createMissionTraces(tracing);
const toolSwitches = createToolSwitches();
const meters = { toolCalled: facts.toolCalled, traces, guard: toolSwitches.guard };
const db = createDatabase({
  url: config.databaseUrl,
  isPrepared: !config.isDatabasePooled,
  poolSize: config.poolSize,
  statementTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  applicationName: 'flotilla-worker',
  onBatch: store.batch,
  deliveryLimits: config.deliveryLimits,
});
store.watchPool(db.poolUse);
const queue = createQueue({
  ...config.queue,
  onError: (error, context) => logger.warn('queue error', { ...context, error }),
  onWarning: (message) => logger.warn(message),
  onDeaf: (deafness) => logger.error('a consumer had gone deaf and was replaced', deafness),
  onRung: createBellCounter(metrics),
});
const webhooks = createOutbound(config.webhooks);
// Tools never reach what webhooks may: a model must not be able to name a port on this machine.
const web = createOutbound({ allowHttp: true });
const ownTools = config.toolsDir === undefined ? [] : await loadTools(config.toolsDir);
const tools = createTools({
  fetch: web.fetch,
  ...createToolStores({ db, logger, isLive: () => worker.state().isLive }),
  search: createSearch(config.search, web),
  isModelAllowed: (model) => isModelAllowed(model, config.models),
  extra: [...createSimTools(), ...ownTools],
});
const openSecrets = createOpenSecrets({ secrets: createSecretBox(config.encryptionKeys), logger });
const post = createToolPoster({ db, outbound: webhooks, openSecrets, isLive: () => worker.state().isLive, logger });
const mcp = createWorkerMcp({ servers: config.mcp.servers, hide: toolSecrets.hide, web, meters, logger });
const agents = createAgentPool({
  mcpServers: mcp.servers,
  tools: meterTools(tools, meters),
  declare: (declared) => meterTool(createDeclaredTool(declared, { post }), 'declared', meters),
});
const limitsLog = createThrottledLog({ log: logger.warn, everyMs: 10_000 });
const prices = await loadPrices(config.pricesFile);
const providers = await createProviders({
  config,
  prices,
  documents: queue.documents ?? db.documents,
  onError: (error) => limitsLog('store', 'the limits of providers cannot be looked up: calls wait', { error }),
  facts,
  traces,
});
const worker = createWorker({
  db,
  queue,
  providers: providers.get,
  agents,
  mcp,
  responses: config.responseCache ? createResponses({ db, logger, facts }) : undefined,
  webhooks,
  openSecrets,
  logger,
  facts,
  traces,
  toolSwitches,
  identity: {
    hostname: hostname(),
    version: packageJson.version,
    pools: [...config.pools],
    slots: config.slots,
    tools: [...ownTools.map(({ name }) => name), ...[...mcp.servers].map(allToolsOf)],
  },
  loopDelayMs: config.loopDelayMs,
  deliverySlots: config.deliverySlots,
  deliverySchedule: config.deliverySchedule,
  redactor,
  patienceMs: config.patienceMs,
  toolSecrets,
  priceOf: createPricing({ config, prices }),
});

facts.watch(() => ({ slots: config.slots, ...worker.state() }));
const ops = createOpsServer({
  metrics,
  health: createHealth({
    checks: [
      { name: 'database', check: () => db.ping() },
      { name: 'schema', check: () => db.checkSchema() },
      { name: 'lease', check: async () => assertLive(worker.state()) },
    ],
    logger,
    stopping: lifecycle.stopping,
  }),
  logger,
});

await lifecycle.start([
  // First, and so the last to stop: a drain is watched from outside.
  ...opsParts(ops, { address: config.ops, logger }),
  { name: 'tracing', stop: () => tracing.close() },
  { name: 'database', start: () => db.ping(), stop: () => db.close() },
  { name: 'queue', start: () => queue.migrate(), stop: () => queue.close() },
  { name: 'providers', stop: () => providers.close() },
  { name: 'webhooks', stop: () => webhooks.close() },
  { name: 'web', stop: () => web.close() },
  { name: 'mcp', stop: () => mcp.close() },
  {
    name: 'worker',
    start: async (signal) => {
      await awaitSchema({ db, logger, signal });
      await worker.start();
    },
    stop: () => worker.stop(),
  },
]);
logger.info('worker ready', { slots: config.slots, pools: config.pools, queue: queue.kind });

function assertLive({ isLive }: { isLive: boolean }): void {
  if (!isLive) throw new Error('the worker has no live lease');
}
