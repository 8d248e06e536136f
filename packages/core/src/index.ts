export type { Agent, AgentDefinition, AgentRef } from './agent.ts';
export { AGENT_NAME, agentDefinitionSchema, parseAgentRef } from './agent.ts';
export type { ApiKey, Scope } from './api-key.ts';
export { createApiKey, parseApiKey, SCOPES } from './api-key.ts';
export type { ApprovalAnswer } from './approval.ts';
export { approvalAnswerSchema } from './approval.ts';
export type { BudgetKind, BudgetLine, BudgetRaise, BudgetShortage, BudgetState, SpecBudget } from './budget.ts';
export {
  BUDGET_KINDS,
  budgetRaiseSchema,
  budgetSchema,
  hasBudget,
  hasRoleBudgets,
  onExhaustedOf,
} from './budget.ts';
export { withSessionOptions } from './database-url.ts';
export type { AskedTools, CallableTool, DeclaredTool } from './declared-tool.ts';
export { declaredIn, declaredToolSchema, nameOfTool, TOOL_NAME } from './declared-tool.ts';
export type { FailureCode, RequestCode, StatusCode } from './error-codes.ts';
export { FAILURE_CODES, REQUEST_CODES, STATUS_CODES } from './error-codes.ts';
export type { EventType } from './events.ts';
export { EVENT_TYPES, isTerminalEvent, TERMINAL_EVENT } from './events.ts';
export { FencedError, RetryableError, TerminalError } from './failure.ts';
export type { IdKind } from './ids.ts';
export { createId, firstIdAt, isId } from './ids.ts';
export type { Bell, DeliveryBell, JobName, MissionBell } from './jobs.ts';
export { DEFAULT_POOL, JOBS, missionBell, POOL_NAME } from './jobs.ts';
export type {
  Ownership,
  ResponseCommit,
  SideCall,
  Summary,
  SummaryCommit,
  ToolResultCommit,
  ToolStart,
  UnusedCallCommit,
} from './journal.ts';
export type { JsonObject, JsonValue } from './json.ts';
export * from './limits.ts';
export { allToolsOf, isToolNamed, MCP_SERVER_NAME, mcpToolName, splitMcpTool, TOOL_NAME_MAX_CHARS } from './mcp.ts';
export type {
  AssistantMessage,
  Message,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
  ToolResult,
  UserMessage,
} from './message.ts';
export { textOf, toolCallsOf } from './message.ts';
export type { Mission, StatusReason, WaitingFor, WaitingKind } from './mission.ts';
export { WAITING_KINDS } from './mission.ts';
export type { MissionPatch } from './mission-patch.ts';
export { missionPatchSchema } from './mission-patch.ts';
export type {
  AfterUntrusted,
  ChainStage,
  MissionRequest,
  MissionSpec,
  NamedAgent,
  Role,
  StageSettings,
} from './mission-spec.ts';
export { LIMITS_DEFAULT, missionRequestSchema, SPEC_VERSION, specVersionOf, stagesOf } from './mission-spec.ts';
export type { ModelOptions } from './model-options.ts';
export { modelOptionsSchema } from './model-options.ts';
export type { ModelRef, ProviderName } from './model-ref.ts';
export { isModelAllowed, MODEL_PATTERN, MODELS_DEFAULT, PROVIDERS, parseModelRef } from './model-ref.ts';
export { momentSchema } from './moment.ts';
export type { Memory, PlanItem } from './notes.ts';
export { outputSchemaSchema } from './output-schema.ts';
export type { Answered, Ask, ChildEnd, ChildStart } from './parking.ts';
export { WAITING_REASONS } from './parking.ts';
export type { SaidMessage } from './said-message.ts';
export { goalOf, saidMessageSchema } from './said-message.ts';
export type { SharedDocument, SharedDocuments } from './shared-documents.ts';
export type { Broadcast, Delta, Signal } from './signals.ts';
export { parseBroadcast, parseSignal } from './signals.ts';
export type {
  EarlierMission,
  ModelResponse,
  PassedOver,
  Step,
  StopReason,
  ToolCallRecord,
  ToolCallStatus,
} from './step.ts';
export { storableJson } from './storable-json.ts';
export { storableText } from './storable-text.ts';
export type { Tier } from './tiers.ts';
export { ACCOUNT_NAME, isTier, MAX_QUEUED_MAX, MAX_RUNNING_MAX, TIERS } from './tiers.ts';
export type { ToolName } from './tool-names.ts';
export { DEFAULT_TOOL_NAMES, SIM_TOOL_NAME, TOOL_NAMES } from './tool-names.ts';
export type { MissionStatus, Move, TerminalStatus } from './transitions.ts';
export { canMove, isTerminal, MISSION_STATUSES, TERMINAL_STATUSES, TRANSITIONS } from './transitions.ts';
export * from './tunables.ts';
export { createTurns } from './turns.ts';
export type { Usage } from './usage.ts';
export { addUsage, costUsdOf, NO_USAGE } from './usage.ts';
export type { DeliveryFailure, DeliveryStatus, EndpointDisabledReason, WebhookEventType } from './webhooks.ts';
export {
  ACCOUNT_EVENT_TYPES,
  DELIVERY_FAILURES,
  DELIVERY_STATUSES,
  ENDPOINT_DISABLED_REASONS,
  WEBHOOK_EVENT_TYPES,
  WEBHOOK_TEST_EVENT,
} from './webhooks.ts';
export type { WorkspaceChange, WorkspaceEntry, WorkspaceFile } from './workspace.ts';
export { refuseChange, workspacePathSchema } from './workspace.ts';
