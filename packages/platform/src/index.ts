export { commonVariables, toCommonConfig } from './config/common-variables.ts';
export type { ConfigFault } from './config/config-error.ts';
export { ConfigError } from './config/config-error.ts';
export { readConfigOrExit } from './config/config-or-exit.ts';
export { parseConfig } from './config/parse-config.ts';
export {
  booleanVariable,
  choiceVariable,
  durationMsVariable,
  durationsMsVariable,
  hostVariable,
  integerVariable,
  listVariable,
  portVariable,
  urlVariable,
  variable,
} from './config/variables.ts';
export type { CheckStatus, Health, HealthOptions, Readiness, ReadinessCheck } from './health/health.ts';
export { createHealth } from './health/health.ts';
export type { Lifecycle, LifecycleOptions, Part, StopOptions } from './lifecycle/lifecycle.ts';
export { createLifecycle } from './lifecycle/lifecycle.ts';
export type { ParentWatchOptions } from './lifecycle/parent-watch.ts';
export { exitWhenParentDies } from './lifecycle/parent-watch.ts';
export type { LoadWatch, LoadWatchOptions } from './load/load-watch.ts';
export { createLoadWatch } from './load/load-watch.ts';
export type { LogFields, Logger, LoggerOptions, LogLevel } from './logger/logger.ts';
export { createLogger, LOG_LEVELS } from './logger/logger.ts';
export type { ThrottledLog } from './logger/throttled-log.ts';
export { createThrottledLog } from './logger/throttled-log.ts';
export { createBellCounter } from './metrics/bells.ts';
export { BUCKETS } from './metrics/buckets.ts';
export type { EndedMission } from './metrics/ended-missions.ts';
export { createEndedCounter } from './metrics/ended-missions.ts';
export type { MetricDefinition, Metrics, ScrapeReader } from './metrics/metrics.ts';
export { createMetrics } from './metrics/metrics.ts';
export type { BatchFact, PoolUse, StoreMetrics } from './metrics/store-metrics.ts';
export { createStoreMetrics } from './metrics/store-metrics.ts';
export { opsParts } from './ops/ops-part.ts';
export type { OpsCall, OpsPage, OpsReply, OpsRoute } from './ops/ops-route.ts';
export { OpsError } from './ops/ops-route.ts';
export type { OpsServer, OpsServerOptions } from './ops/ops-server.ts';
export { createOpsServer } from './ops/ops-server.ts';
export type { FailureKind, RefusalReason } from './outbound/errors.ts';
export { isUnsent, OutboundFailedError, OutboundRefusedError } from './outbound/errors.ts';
export type {
  CheckOptions,
  Outbound,
  OutboundMethod,
  OutboundOptions,
  OutboundRequest,
  OutboundResponse,
} from './outbound/outbound.ts';
export { createOutbound } from './outbound/outbound.ts';
export type { ResolvedAddress, ResolveName } from './outbound/resolve-name.ts';
export type { Redactor } from './redaction/redactor.ts';
export { createRedactor } from './redaction/redactor.ts';
export type { SecretBox } from './secret-box.ts';
export { createSecretBox, UnknownKeyError } from './secret-box.ts';
export { readTraceparent } from './tracing/traceparent.ts';
export type { Span, SpanEnd, SpanStart, Tracing } from './tracing/tracing.ts';
export { createTracing, traceFields } from './tracing/tracing.ts';
