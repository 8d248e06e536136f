// Made of the API's own document (/openapi.json) by `npm run client:types`. Not to be edited.

/** RFC 9457. Some codes bring members of their own, such as missionStatus. */
export type Problem = {
  /** urn:flotilla:problem: and the code. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** For programs; docs/codes.md says what to do about each. */
  code: string;
  /** The path that was asked for. */
  instance: string;
  /** Under which it was logged. */
  requestId: string;
  errors?: {
    /** A JSON pointer (RFC 6901) into the body, or ?name for a query parameter. */
    path: string;
    message: string;
  }[] | undefined;
  [name: string]: unknown;
};

export type ApprovalAnswer = {
  decision: "approved" | "rejected";
  message?: string | undefined;
  arguments?: {
    [name: string]: unknown;
  } | undefined;
};

export type BudgetRaise = {
  /** US dollars, exact to the millionth. */
  usd?: number | undefined;
  /** In and out together, the cached ones included. */
  tokens?: number | undefined;
  steps?: number | undefined;
  /** The time it runs, without the time it lies queued or waits. */
  wallClockSeconds?: number | undefined;
};

export type MissionRequest = {
  /** What it is to do; or else messages. */
  goal?: string | undefined;
  /** A conversation instead of goal: its last message is the goal, and the others are shown before it. */
  messages?: SaidMessage[] | undefined;
  /** Who is to do it, such as researcher or researcher@3; or else model, instructions and tools, as far as they matter. */
  agent?: string | undefined;
  model?: string | undefined;
  instructions?: string | undefined;
  tools?: (string | DeclaredTool)[] | undefined;
  /** Roles that do the work one after the other. */
  chain?: ChainStageRequest[] | undefined;
  modelOptions?: ModelOptions | undefined;
  limits?: {
    maxSteps?: number | undefined;
    maxOutputTokens?: number | undefined;
  } | undefined;
  /** What it may spend. */
  budget?: BudgetRequest | undefined;
  /** What the answer has to be, as JSON Schema. */
  outputSchema?: {
    [name: string]: unknown;
  } | undefined;
  /** The conversation it belongs to; the missions of one run one after the other. */
  sessionId?: string | undefined;
  /** The workers that are to run it. */
  pool?: string | undefined;
  /** Not to be started before this moment. */
  startAt?: string | undefined;
  /** Not to be started for so many seconds; instead of startAt. */
  delay?: number | undefined;
  /** Not to be started after this moment. */
  expiresAt?: string | undefined;
  /** To be done by this moment, wherever it stands then. */
  deadline?: string | undefined;
  priority?: number | undefined;
  /** Told of the end of the mission, and of nothing before it; a webhook endpoint of the account may subscribe to every event. */
  webhook?: {
    url: string;
    secret?: string | undefined;
  } | undefined;
  metadata?: {
    [name: string]: string;
  } | undefined;
  tags?: string[] | undefined;
  /** Of the account’s missions with the same key at most one is unfinished. */
  dedupe?: {
    key: string;
    /** What a request is answered that comes while there is one. */
    onConflict?: "return_existing" | "reject" | undefined;
  } | undefined;
};

export type SaidMessage = {
  role: "user" | "assistant";
  content: string;
};

export type DeclaredTool = CallableTool | McpTools;

export type CallableTool = {
  name: string;
  description: string;
  /** A JSON Schema (2020-12) of type object or array, of at most 20000 characters, without pattern and $ref. */
  inputSchema: {
    [name: string]: unknown;
  };
  /** false: nobody else’s words come out of it. */
  untrusted?: boolean | undefined;
  /** Where it is called with a POST. Without one the mission waits, and whoever watches it answers the call. */
  url?: string | undefined;
  /** A call that a crash cut off may simply be made again, under the same key. */
  idempotent?: boolean | undefined;
  /** Once untrusted content is in the context, somebody has to approve each call of it. */
  consequential?: boolean | undefined;
  needsApproval?: boolean | undefined;
  timeoutMs?: number | undefined;
  answerWithinSeconds?: number | undefined;
};

export type McpTools = {
  name: string;
  /** The address of the server, which speaks streamable HTTP. */
  mcp: string;
  /** true: what the server says of its tools’ effects (readOnlyHint, idempotentHint, destructiveHint) is taken for true. */
  trustAnnotations?: boolean | undefined;
};

export type ChainStageRequest = {
  name?: string | undefined;
  agent?: string | undefined;
  model?: string | undefined;
  instructions?: string | undefined;
  tools?: (string | DeclaredTool)[] | undefined;
};

/** temperature and reasoningEffort are for any model; the others only for sim/load, the simulated provider. */
export type ModelOptions = {
  temperature?: number | undefined;
  /** How much the model is to think before it answers; which of these a model knows is its provider’s matter. */
  reasoningEffort?: "none" | "low" | "medium" | "high" | "xhigh" | "max" | undefined;
  steps?: number | undefined;
  latencyMs?: number | undefined;
  outputBytes?: number | undefined;
  failEvery?: number | undefined;
  failWith?: "429" | "500" | "529" | "terminal" | undefined;
  stallEvery?: number | undefined;
  outageMs?: number | undefined;
  toolLatencyMs?: number | undefined;
};

export type BudgetRequest = {
  /** US dollars, exact to the millionth. */
  usd?: number | undefined;
  /** In and out together, the cached ones included. */
  tokens?: number | undefined;
  steps?: number | undefined;
  /** The time it runs, without the time it lies queued or waits. */
  wallClockSeconds?: number | undefined;
  onExhausted?: "pause" | "fail" | undefined;
};

export type Mission = {
  id: string;
  agent: NamedAgent | null;
  model: string;
  /** Played by a simulator, for which no model is asked. */
  simulated: boolean;
  sessionId: string | null;
  pool: string;
  priority: number;
  tags: string[];
  metadata: {
    [name: string]: string;
  };
  webhook: MissionWebhook | null;
  createdAt: string;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled";
  /** Why it is where it is. */
  statusReason: StatusReason | null;
  waitingFor: WaitingFor | null;
  runAfter: string | null;
  parentMissionId: string | null;
  retryOf: string | null;
  forkedFrom: string | null;
  /** The role of its chain that it is in, from 0. */
  chainStage: number;
  /** How often a worker has claimed it. */
  attempt: number;
  stepCount: number;
  usage: Usage;
  budget: Budget | null;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  pausedAt: string | null;
  expiresAt: string | null;
  deadline: string | null;
  goal: string;
  /** The conversation it was posted with, which its goal ends; null where it was only a goal. */
  messages: SaidMessage[] | null;
  instructions: string | null;
  tools: string[];
  declaredTools: DeclaredTool[];
  modelOptions: ModelOptions;
  limits: {
    maxSteps: number;
    maxOutputTokens: number;
  };
  outputSchema: {
    [name: string]: unknown;
  } | null;
  chain: ChainStage[] | null;
  /** Its answer, once it is completed. */
  output: string | null;
};

/** The agent that was named, by the version that it was then. */
export type NamedAgent = {
  name: string;
  version: number;
};

export type MissionWebhook = {
  url: string;
  endpointId: string;
  /** false: it is told nothing, until its endpoint is enabled again. */
  enabled: boolean;
};

export type StatusReason = {
  /** One of docs/codes.md; new ones may come. */
  code: string;
  message: string;
  at: string;
};

export type WaitingFor = {
  kind: "approval" | "input" | "tool" | "budget" | "children" | "operator";
  detail: {
    [name: string]: unknown;
  };
};

export type Usage = {
  /** All of the prompts, those included that the provider had cached. */
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  /** US dollars, exact to the millionth; null where no price is known. */
  costUsd: number | null;
};

/** What is gone of each limit: spent, or reserved for what is under way. null: it is not limited. While a role of a chain is at work that has a budget of its own, a limit is what the mission may have spent in all by the end of its turn. */
export type Budget = {
  usd: BudgetLine | null;
  tokens: BudgetLine | null;
  steps: BudgetLine | null;
  wallClockSeconds: BudgetLine | null;
  onExhausted: "pause" | "fail";
};

export type BudgetLine = {
  limit: number;
  spent: number;
  reserved: number;
};

export type ChainStage = {
  name: string;
  agent: NamedAgent | null;
  model: string;
  instructions: string | null;
  tools: string[];
  declaredTools: DeclaredTool[];
};

export type AcceptedMission = {
  id: string;
  agent: NamedAgent | null;
  model: string;
  /** Played by a simulator, for which no model is asked. */
  simulated: boolean;
  sessionId: string | null;
  pool: string;
  priority: number;
  tags: string[];
  metadata: {
    [name: string]: string;
  };
  webhook: MissionWebhook | null;
  createdAt: string;
  status: "queued";
};

export type Batch = {
  accepted: number;
  refused: number;
  /** Of each mission in order: accepted (202), there already by its dedupe key (200), or refused. */
  data: ({
    status: 200 | 202;
    id: string;
  } | {
    status: number;
    problem: ItemProblem;
  })[];
};

export type ItemProblem = {
  /** urn:flotilla:problem: and the code. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** For programs; docs/codes.md says what to do about each. */
  code: string;
  errors?: {
    /** A JSON pointer (RFC 6901) into the body, or ?name for a query parameter. */
    path: string;
    message: string;
  }[] | undefined;
  [name: string]: unknown;
};

export type MissionInList = {
  id: string;
  agent: NamedAgent | null;
  model: string;
  /** Played by a simulator, for which no model is asked. */
  simulated: boolean;
  sessionId: string | null;
  pool: string;
  priority: number;
  tags: string[];
  metadata: {
    [name: string]: string;
  };
  webhook: MissionWebhook | null;
  createdAt: string;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled";
  /** Why it is where it is. */
  statusReason: StatusReason | null;
  waitingFor: WaitingFor | null;
  runAfter: string | null;
  parentMissionId: string | null;
  retryOf: string | null;
  forkedFrom: string | null;
  /** The role of its chain that it is in, from 0. */
  chainStage: number;
  /** How often a worker has claimed it. */
  attempt: number;
  stepCount: number;
  usage: Usage;
  budget: Budget | null;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  pausedAt: string | null;
  expiresAt: string | null;
  deadline: string | null;
  /** The beginning of its goal. */
  goalExcerpt: string;
};

export type MissionInDetail = {
  id: string;
  agent: NamedAgent | null;
  model: string;
  /** Played by a simulator, for which no model is asked. */
  simulated: boolean;
  sessionId: string | null;
  pool: string;
  priority: number;
  tags: string[];
  metadata: {
    [name: string]: string;
  };
  webhook: MissionWebhook | null;
  createdAt: string;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled";
  /** Why it is where it is. */
  statusReason: StatusReason | null;
  waitingFor: WaitingFor | null;
  runAfter: string | null;
  parentMissionId: string | null;
  retryOf: string | null;
  forkedFrom: string | null;
  /** The role of its chain that it is in, from 0. */
  chainStage: number;
  /** How often a worker has claimed it. */
  attempt: number;
  stepCount: number;
  usage: Usage;
  budget: Budget | null;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  pausedAt: string | null;
  expiresAt: string | null;
  deadline: string | null;
  goal: string;
  /** The conversation it was posted with, which its goal ends; null where it was only a goal. */
  messages: SaidMessage[] | null;
  instructions: string | null;
  tools: string[];
  declaredTools: DeclaredTool[];
  modelOptions: ModelOptions;
  limits: {
    maxSteps: number;
    maxOutputTokens: number;
  };
  outputSchema: {
    [name: string]: unknown;
  } | null;
  chain: ChainStage[] | null;
  /** Its answer, once it is completed. */
  output: string | null;
  /** What it waits to be answered. */
  asks: Ask[];
  /** Where it stands while it is queued. */
  queue: QueuePlace | null;
  timings: Timings;
};

export type Ask = {
  /** What an answer names as askId. */
  id: string;
  kind: "approval" | "input" | "tool" | "budget" | "children" | "operator";
  step: number | null;
  /** With step: the tool call whose result the answer becomes. */
  call: number | null;
  /** What whoever answers is to be shown. */
  request: {
    [name: string]: unknown;
  };
  createdAt: string;
  expiresAt: string | null;
};

export type QueuePlace = {
  /** In the line of its pool, 1 being next; null for one that could not be taken now. */
  position: number | null;
  /** false: at least there. Nobody counts beyond 1,000. */
  isExact: boolean | null;
  /** The code of what keeps it from standing in line. */
  blockedBy: string | null;
};

/** For how long it has been in each state so far, to the millisecond. */
export type Timings = {
  queuedSeconds: number;
  runningSeconds: number;
  waitingSeconds: number;
};

export type Step = {
  /** From 1, without gaps. */
  number: number;
  /** 0: it was copied from another mission, which has paid for it. */
  attempt: number;
  tries: number;
  provider: string;
  model: string;
  /** It had been answered before, and cost nothing. */
  cached: boolean;
  /** The models that were to answer before this one, and why they could not. */
  passedOver: {
    provider: string;
    model: string;
    code: string;
    message: string;
  }[];
  simulated: boolean;
  stopReason: "end" | "tool_calls" | "max_tokens" | "refusal";
  text: string;
  toolCalls: ToolCall[];
  usage: Usage;
  /** What the summary of earlier steps has cost that was made before its call, beside its own usage. The last step has that of a call which has not come, too; null: none was made. */
  summaryUsage: Usage | null;
  /** What calls for it have cost that came to nothing, beside its own usage: they broke off, or the mission was stopped meanwhile. The last step has that of a step which has not come, too; null: none has cost anything. */
  unusedUsage: Usage | null;
  startedAt: string;
  respondedAt: string;
  /** null: its tools still run. */
  completedAt: string | null;
};

export type ToolCall = {
  /** Its place among the calls of its step, from 0. */
  index: number;
  id: string;
  name: string;
  input: unknown;
  status: "pending" | "started" | "completed";
  /** What the model was shown. */
  output: string | null;
  isError: boolean | null;
  /** There was more of it than the model was shown. */
  truncated: boolean | null;
  /** Strangers may have written it. */
  untrusted: boolean | null;
  /** What it has cost to ask a model, beside the usage of its step: more than once where an answer broke off, or the mission was stopped while it waited for one; null: it asked none. */
  usage: Usage | null;
  /** The model it asked had answered the same before, and that answer cost nothing. */
  cached: boolean;
  startedAt: string | null;
  completedAt: string | null;
};

export type ToolOutput = {
  step: number;
  call: number;
  /** As much as was stored, which may be more than the model was shown. */
  output: string;
};

export type WorkspaceFile = {
  path: string;
  bytes: number;
};

export type Event = {
  /** From 1, without gaps. */
  sequence: number;
  /** Such as mission.started or mission.completed; new ones may come. */
  type: string;
  data: {
    [name: string]: unknown;
  };
  createdAt: string;
};

export type MissionResult = {
  id: string;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled";
  statusReason: StatusReason | null;
  output: string | null;
  usage: Usage;
  finishedAt: string | null;
};

export type Plan = {
  data: {
    text: string;
    done: boolean;
  }[];
};

export type InboxAsk = {
  /** What an answer names as askId. */
  id: string;
  kind: "approval" | "input" | "tool" | "budget" | "children" | "operator";
  step: number | null;
  /** With step: the tool call whose result the answer becomes. */
  call: number | null;
  /** What whoever answers is to be shown. */
  request: {
    [name: string]: unknown;
  };
  createdAt: string;
  expiresAt: string | null;
  /** The mission that waits for the answer. */
  missionId: string;
  agent: NamedAgent | null;
  /** The beginning of the mission’s goal. */
  goalExcerpt: string;
};

export type MissionPatch = {
  goal?: string | undefined;
  model?: string | undefined;
  instructions?: string | null | undefined;
  tools?: (string | DeclaredTool)[] | undefined;
  limits?: {
    maxSteps?: number | undefined;
    maxOutputTokens?: number | undefined;
  } | undefined;
};

export type BulkAction = {
  action: "retry" | "cancel";
  dryRun: boolean;
  matched: number;
  done: number;
  skipped: number;
  /** There is more that the filter lets through: ask again with nextCursor. */
  hasMore: boolean;
  /** The cursor to go on with; null where there is no more. */
  nextCursor: string | null;
  data: ({
    missionId: string;
    outcome: "retried" | "cancelled" | "cancel_requested" | "skipped" | null;
    newMissionId: string | null;
  })[];
};

export type MissionToken = {
  token: string;
  missionId: string;
  expiresAt: string;
};

export type Session = {
  id: string;
  /** The mission whose turn it is; `null` once it has ended. */
  activeMissionId: string | null;
  createdAt: string;
};

export type SessionWithUsage = {
  id: string;
  /** The mission whose turn it is; `null` once it has ended. */
  activeMissionId: string | null;
  createdAt: string;
  usage: Usage;
};

export type UsageOfDay = {
  /** Of UTC. */
  day: string;
  agent: {
    name: string;
    version: number;
  } | null;
  model: string;
  calls: number;
  /** All of the prompts, those included that the provider had cached. */
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  costUsd: number;
  /** Calls that costUsd leaves out, since no price is known for them. */
  unpricedCalls: number;
};

export type Account = {
  id: string;
  name: string;
  tier: string;
  /** Missions that may run at once and lie queued, and for how many days they are kept after their end. */
  limits: {
    maxRunning: number;
    maxQueued: number;
    retentionDays: number;
  };
  /** Missions in each state: queued ones counted up to their limit, waiting ones up to 10,000. */
  inUse: {
    running: number;
    queued: number;
    waiting: number;
  };
  createdAt: string;
};

export type AccountWebhookSecret = {
  secret: string;
  /** Until then the secret before signs too. */
  previousSecretExpiresAt: string | null;
};

export type EventLogPage = {
  data: LoggedEvent[];
  hasMore: boolean;
  /** The cursor of the next page; null where there is none. */
  nextCursor: string | null;
  /** Where this page ends: as ?cursor= of a later request it goes on from here. Null: at the beginning. */
  endCursor: string | null;
};

export type LoggedEvent = {
  /** From 1, without gaps. */
  sequence: number;
  /** Such as mission.started or mission.completed; new ones may come. */
  type: string;
  data: {
    [name: string]: unknown;
  };
  createdAt: string;
  missionId: string;
};

export type AgentDefinition = {
  model: string;
  /** For what a lesser model does as well: it mends answers that are not valid, and summarizes. */
  smallModel?: string | undefined;
  /** Whether its models are shown a summary, by smallModel, of what the window has passed by. */
  summarize?: boolean | undefined;
  /** Tried in this order when model cannot be had; modelOptions are not for them. */
  fallbackModels?: string[] | undefined;
  instructions: string;
  tools?: (string | DeclaredTool)[] | undefined;
  /** Whether its consequential tools may run unasked once untrusted content is in the context. */
  afterUntrusted?: "approve" | "run" | undefined;
  limits?: {
    maxSteps?: number | undefined;
    maxOutputTokens?: number | undefined;
  } | undefined;
  /** What each of its missions may spend, where those do not say; and where it plays a role of a chain, what may be spent while it is at work, in any case. */
  budget?: BudgetRequest | undefined;
  modelOptions?: ModelOptions | undefined;
  /** What the answers of its missions have to be. */
  outputSchema?: {
    [name: string]: unknown;
  } | undefined;
  /** The workers that run its missions, where those do not say. */
  pool?: string | undefined;
};

export type Agent = {
  name: string;
  version: number;
  model: string;
  createdAt: string;
  definition: AgentDefinition;
};

export type AgentInList = {
  name: string;
  version: number;
  model: string;
  createdAt: string;
};

export type WebhookEndpointWithSecret = {
  id: string;
  url: string;
  description: string | null;
  eventTypes: string[];
  /** Named by missions themselves, and subscribed to nothing. */
  forMissions: boolean;
  enabled: boolean;
  disabledReason: "by_client" | "gone" | "failing" | "deleted" | null;
  disabledAt: string | null;
  failingSince: string | null;
  lastDeliveredAt: string | null;
  /** It has asked for nothing before this moment. */
  quietUntil: string | null;
  /** Until then the secret before the last rotation signs too. */
  previousSecretExpiresAt: string | null;
  createdAt: string;
  updatedAt: string;
  secret: string;
};

export type WebhookEndpoint = {
  id: string;
  url: string;
  description: string | null;
  eventTypes: string[];
  /** Named by missions themselves, and subscribed to nothing. */
  forMissions: boolean;
  enabled: boolean;
  disabledReason: "by_client" | "gone" | "failing" | "deleted" | null;
  disabledAt: string | null;
  failingSince: string | null;
  lastDeliveredAt: string | null;
  /** It has asked for nothing before this moment. */
  quietUntil: string | null;
  /** Until then the secret before the last rotation signs too. */
  previousSecretExpiresAt: string | null;
  createdAt: string;
  updatedAt: string;
};

export type WebhookDelivery = {
  id: string;
  endpointId: string;
  missionId: string | null;
  eventType: string;
  eventSequence: number | null;
  status: "pending" | "delivered" | "failed";
  failureReason: "attempts_exhausted" | "gone" | "endpoint_disabled" | "endpoint_deleted" | null;
  attempts: number;
  nextAttemptAt: string | null;
  createdAt: string;
  finishedAt: string | null;
};

export type WebhookDeliveryAttempt = {
  number: number;
  startedAt: string;
  durationMs: number;
  responseStatus: number | null;
  /** The first kilobyte of the answer, unless it came encoded, without what looks like a secret. */
  responseExcerpt: string | null;
  error: string | null;
};

export type WebhookRecovery = {
  recovered: number;
  hasMore: boolean;
};

export type MadeApiKey = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  replacedBy: string | null;
  key: string;
};

export type ApiKey = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  replacedBy: string | null;
};

export type RotatedApiKey = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  replacedBy: string | null;
  key: string;
  replaces: {
    id: string;
    expiresAt: string;
  };
};

export type Liveness = {
  status: "ok";
};

export type Readiness = {
  status: "ok" | "unavailable";
  checks: {
    [name: string]: "ok" | "failed" | "timed_out" | "stopping";
  };
};

/** The codes of problems; docs/codes.md says what to do about each. */
export type ProblemCode =
  | 'already_answered'
  | 'ask_expired'
  | 'backlog_full'
  | 'body_too_deep'
  | 'body_too_large'
  | 'body_too_many_keys'
  | 'cursor_expired'
  | 'duplicate_mission'
  | 'endpoint_deleted'
  | 'endpoint_disabled'
  | 'forbidden_key'
  | 'handler_timeout'
  | 'headers_too_large'
  | 'idempotency_key_in_use'
  | 'idempotency_key_not_taken'
  | 'idempotency_key_reused'
  | 'idempotency_outcome_unknown'
  | 'internal'
  | 'invalid_cursor'
  | 'invalid_idempotency_key'
  | 'invalid_json'
  | 'invalid_request'
  | 'key_replaced'
  | 'malformed_request'
  | 'method_not_allowed'
  | 'missing_scope'
  | 'mission_ended'
  | 'mission_not_ended'
  | 'not_found'
  | 'overloaded'
  | 'request_timeout'
  | 'secret_rotating'
  | 'test_pending'
  | 'too_many_endpoints'
  | 'too_many_keys'
  | 'too_many_requests'
  | 'too_many_streams'
  | 'unauthenticated'
  | 'unavailable'
  | 'unknown_agent'
  | 'unknown_model'
  | 'unknown_pool'
  | 'unknown_session'
  | 'unknown_tool'
  | 'unsupported_media_type'
  | 'url_not_allowed';

/** Of every route, what it takes and what it answers. */
export type Operations = {
  /** Accepts a mission (202), or answers with the unfinished one that has its dedupe key (200). */
  'POST /v1/missions': {
    body: MissionRequest;
    reply: Mission | AcceptedMission;
  };
  /** The missions of the account, the newest first: of one agent, session or tag, by status and by creation. */
  'GET /v1/missions': {
    query?: {
      agent?: string | undefined;
      sessionId?: string | undefined;
      tag?: string | undefined;
      status?: string | undefined;
      createdAfter?: string | undefined;
      createdBefore?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: MissionInList[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Accepts many missions together, and says of each what came of it: a bad one keeps back no other. */
  'POST /v1/missions/batch': {
    body: {
      missions: MissionRequest[];
    };
    reply: Batch;
  };
  /** A mission: what was asked, where it stands, and what has come of it. */
  'GET /v1/missions/{missionId}': {
    params: {
      missionId: string;
    };
    reply: MissionInDetail;
  };
  /** Erases an ended mission, and those it has started; what they have spent stays in the usage. */
  'DELETE /v1/missions/{missionId}': {
    params: {
      missionId: string;
    };
    reply: undefined;
  };
  /** The steps of a mission in order: each model call with its tool calls. */
  'GET /v1/missions/{missionId}/steps': {
    params: {
      missionId: string;
    };
    query?: {
      limit?: number | undefined;
      after?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: Step[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** The whole output of a tool call; call is its index in the step. */
  'GET /v1/missions/{missionId}/steps/{step}/tool-calls/{call}/output': {
    params: {
      missionId: string;
      step: string;
      call: string;
    };
    reply: ToolOutput;
  };
  /** The files that a mission’s tools have left in its workspace. */
  'GET /v1/missions/{missionId}/files': {
    params: {
      missionId: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: WorkspaceFile[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** A file of a mission’s workspace, to be stored rather than shown. */
  'GET /v1/missions/{missionId}/files/{path}': {
    params: {
      missionId: string;
      path: string;
    };
    reply: Uint8Array<ArrayBuffer>;
  };
  /** The numbered facts about a mission, as a page or as a stream of them as they come. */
  'GET /v1/missions/{missionId}/events': {
    params: {
      missionId: string;
    };
    query?: {
      limit?: number | undefined;
      after?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: Event[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** What has come of a mission once it has ended (200), for which it can wait; else where it stands (202). */
  'GET /v1/missions/{missionId}/result': {
    params: {
      missionId: string;
    };
    query?: {
      wait?: number | undefined;
    } | undefined;
    reply: MissionResult;
  };
  /** What a mission, or its session, means to do, and what of it is done. */
  'GET /v1/missions/{missionId}/plan': {
    params: {
      missionId: string;
    };
    reply: Plan;
  };
  /** The missions that a mission has started, the newest first. */
  'GET /v1/missions/{missionId}/children': {
    params: {
      missionId: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: MissionInList[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Ends a mission: at once (200), or its worker is asked to (202). */
  'POST /v1/missions/{missionId}/cancel': {
    params: {
      missionId: string;
    };
    body?: {
      [name: string]: never;
    } | undefined;
    reply: Mission;
  };
  /** Holds a mission back, at its next step if it runs. */
  'POST /v1/missions/{missionId}/pause': {
    params: {
      missionId: string;
    };
    reply: Mission;
  };
  /** Lets a paused mission go on. */
  'POST /v1/missions/{missionId}/resume': {
    params: {
      missionId: string;
    };
    reply: Mission;
  };
  /** What a waiting mission waits to be answered, in the order it was asked. */
  'GET /v1/missions/{missionId}/asks': {
    params: {
      missionId: string;
    };
    reply: {
      data: Ask[];
    };
  };
  /** Answers what a waiting mission has asked; with the last answer it goes on. */
  'POST /v1/missions/{missionId}/answer': {
    params: {
      missionId: string;
    };
    body: {
      askId: string;
      /** Of an approval a decision, of a budget a larger one (both as listed among the schemas), else any JSON. */
      answer: string | number | boolean | null | unknown[] | {
        [name: string]: unknown;
      };
    };
    reply: Mission;
  };
  /** What the waiting missions of the account want to know, the oldest first. */
  'GET /v1/approvals': {
    query?: {
      kind?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: InboxAsk[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Approves or rejects a tool call; the mission goes on with the last answer that it waits for. */
  'POST /v1/approvals/{askId}/decision': {
    params: {
      askId: string;
    };
    body: ApprovalAnswer;
    reply: Mission;
  };
  /** Starts a new mission that does again what an ended one was asked, from its last step or from its start. */
  'POST /v1/missions/{missionId}/retry': {
    params: {
      missionId: string;
    };
    body?: {
      from?: "start" | "last_step" | undefined;
    } | undefined;
    reply: Mission;
  };
  /** Starts a new mission that begins as this one did up to a step, with some of what was asked changed. */
  'POST /v1/missions/{missionId}/fork': {
    params: {
      missionId: string;
    };
    body: {
      step: number;
      patch?: MissionPatch | undefined;
    };
    reply: Mission;
  };
  /** The missions that failed, the newest first. */
  'GET /v1/dead-letters': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      code?: string | undefined;
      tag?: string | undefined;
      createdAfter?: string | undefined;
      createdBefore?: string | undefined;
    } | undefined;
    reply: {
      data: MissionInList[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Retries or cancels what a filter lets through, the newest first; with dryRun it only says what it would do. */
  'POST /v1/bulk-actions': {
    body: {
      action: "retry" | "cancel";
      filter: {
        status?: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | undefined;
        code?: string | undefined;
        tag?: string | undefined;
        sessionId?: string | undefined;
        createdAfter?: string | undefined;
        createdBefore?: string | undefined;
      };
      /** Of a retry: where the new missions begin. */
      from?: "start" | "last_step" | undefined;
      /** Of a retry: whether those that were retried before are retried again. */
      again?: boolean | undefined;
      dryRun?: boolean | undefined;
      limit?: number | undefined;
      /** nextCursor of the answer before: goes on behind it. Without one, a retry with again begins anew. */
      cursor?: string | undefined;
    };
    reply: BulkAction;
  };
  /** Makes a token with which a browser may read this mission’s events and result, for a short time. */
  'POST /v1/missions/{missionId}/tokens': {
    params: {
      missionId: string;
    };
    body?: {
      ttlSeconds?: number | undefined;
    } | undefined;
    reply: MissionToken;
  };
  /** Makes a session: the conversation that several missions share. */
  'POST /v1/sessions': {
    body?: {
      [name: string]: never;
    } | undefined;
    reply: Session;
  };
  /** The sessions of the account, the newest first. */
  'GET /v1/sessions': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: Session[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** A session, and what its missions have spent. */
  'GET /v1/sessions/{sessionId}': {
    params: {
      sessionId: string;
    };
    reply: SessionWithUsage;
  };
  /** Erases a session, all of whose missions have ended, with these; what they have spent stays in the usage. */
  'DELETE /v1/sessions/{sessionId}': {
    params: {
      sessionId: string;
    };
    reply: undefined;
  };
  /** What a session means to do, and what of it is done. */
  'GET /v1/sessions/{sessionId}/plan': {
    params: {
      sessionId: string;
    };
    reply: Plan;
  };
  /** What the account has spent by day, agent and model, the newest day first. */
  'GET /v1/usage': {
    query?: {
      from?: string | undefined;
      to?: string | undefined;
      agent?: string | undefined;
      model?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: UsageOfDay[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** The account of the key: its tier, its limits, and what it has running, queued and waiting. */
  'GET /v1/account': {
    reply: Account;
  };
  /** Gives the account a new webhook secret, beside which the one before signs for a while. The answer holds it, and no other. */
  'POST /v1/account/rotate-webhook-secret': {
    body?: {
      previousValidForSeconds?: number | undefined;
    } | undefined;
    reply: AccountWebhookSecret;
  };
  /** All events of all missions of the account, in an order in which nothing appears behind one’s back. */
  'GET /v1/events': {
    query?: {
      type?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: EventLogPage;
  };
  /** Makes a new version of an agent, or finds that the newest one is the same. */
  'PUT /v1/agents/{name}': {
    params: {
      name: string;
    };
    body: AgentDefinition;
    reply: Agent;
  };
  /** An agent, in its newest version or in the one that is asked for. */
  'GET /v1/agents/{name}': {
    params: {
      name: string;
    };
    query?: {
      version?: number | undefined;
    } | undefined;
    reply: Agent;
  };
  /** The agents of the account, by name, each in its newest version. */
  'GET /v1/agents': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: AgentInList[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** The versions of an agent, the newest first. */
  'GET /v1/agents/{name}/versions': {
    params: {
      name: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: AgentInList[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Makes a webhook endpoint. The answer holds its secret, which is never shown again. */
  'POST /v1/webhook-endpoints': {
    body: {
      url: string;
      eventTypes?: ("mission.queued" | "mission.started" | "mission.waiting" | "mission.resumed" | "mission.paused" | "mission.released" | "mission.completed" | "mission.failed" | "mission.cancelled" | "step.completed" | "tool_call.started" | "tool_call.completed" | "approval.requested" | "approval.decided" | "budget.warning" | "budget.exhausted" | "webhook_endpoint.disabled")[] | undefined;
      description?: string | null | undefined;
      enabled?: boolean | undefined;
    };
    reply: WebhookEndpointWithSecret;
  };
  /** The webhook endpoints of the account, the newest first. */
  'GET /v1/webhook-endpoints': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      /** true: those that missions name themselves, instead of the account’s own. */
      forMissions?: "true" | "false" | undefined;
    } | undefined;
    reply: {
      data: WebhookEndpoint[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** A webhook endpoint, the account’s own or one that its missions name. */
  'GET /v1/webhook-endpoints/{endpointId}': {
    params: {
      endpointId: string;
    };
    reply: WebhookEndpoint;
  };
  /** Changes a webhook endpoint. What is left out stays; enabling one forgets its failures. */
  'PATCH /v1/webhook-endpoints/{endpointId}': {
    params: {
      endpointId: string;
    };
    body: {
      url?: string | undefined;
      eventTypes?: ("mission.queued" | "mission.started" | "mission.waiting" | "mission.resumed" | "mission.paused" | "mission.released" | "mission.completed" | "mission.failed" | "mission.cancelled" | "step.completed" | "tool_call.started" | "tool_call.completed" | "approval.requested" | "approval.decided" | "budget.warning" | "budget.exhausted" | "webhook_endpoint.disabled")[] | undefined;
      description?: string | null | undefined;
      enabled?: boolean | undefined;
    };
    reply: WebhookEndpoint;
  };
  /** Deletes one of the account’s own webhook endpoints. What was sent to it stays on record. */
  'DELETE /v1/webhook-endpoints/{endpointId}': {
    params: {
      endpointId: string;
    };
    reply: undefined;
  };
  /** Gives a webhook endpoint a new secret, beside which the one before signs for a while. */
  'POST /v1/webhook-endpoints/{endpointId}/rotate-secret': {
    params: {
      endpointId: string;
    };
    body?: {
      previousValidForSeconds?: number | undefined;
    } | undefined;
    reply: WebhookEndpointWithSecret;
  };
  /** The webhook deliveries of the account, the newest first. */
  'GET /v1/webhook-deliveries': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      endpointId?: string | undefined;
      missionId?: string | undefined;
      status?: "pending" | "delivered" | "failed" | undefined;
    } | undefined;
    reply: {
      data: WebhookDelivery[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** A webhook delivery. */
  'GET /v1/webhook-deliveries/{deliveryId}': {
    params: {
      deliveryId: string;
    };
    reply: WebhookDelivery;
  };
  /** The attempts of a webhook delivery, in order. */
  'GET /v1/webhook-deliveries/{deliveryId}/attempts': {
    params: {
      deliveryId: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: WebhookDeliveryAttempt[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Sends a webhook delivery again now, under the same id, whatever became of it. */
  'POST /v1/webhook-deliveries/{deliveryId}/redeliver': {
    params: {
      deliveryId: string;
    };
    reply: WebhookDelivery;
  };
  /** Sends a signed test event to a webhook endpoint, once. What came of it is in the delivery that is answered: one that was asked for before, while that is on its way. */
  'POST /v1/webhook-endpoints/{endpointId}/test': {
    params: {
      endpointId: string;
    };
    reply: WebhookDelivery;
  };
  /** Sends again what has failed of the events since a moment, the oldest first, and says how many that are. */
  'POST /v1/webhook-endpoints/{endpointId}/recover': {
    params: {
      endpointId: string;
    };
    body: {
      since: string;
    };
    reply: WebhookRecovery;
  };
  /** Makes an API key, which is shown this once. */
  'POST /v1/api-keys': {
    body: {
      name: string;
      scopes: ("missions:read" | "missions:write" | "keys:admin")[];
      expiresAt?: string | undefined;
    };
    reply: MadeApiKey;
  };
  /** The API keys of the account, the newest first. */
  'GET /v1/api-keys': {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    } | undefined;
    reply: {
      data: ApiKey[];
      hasMore: boolean;
      /** The cursor of the next page; null where there is none. */
      nextCursor: string | null;
    };
  };
  /** Makes a key in place of another, which goes on for a while beside it. */
  'POST /v1/api-keys/{keyId}/rotate': {
    params: {
      keyId: string;
    };
    body?: {
      overlapSeconds?: number | undefined;
    } | undefined;
    reply: RotatedApiKey;
  };
  /** Revokes an API key: within 5 s it is refused, and its streams end. */
  'DELETE /v1/api-keys/{keyId}': {
    params: {
      keyId: string;
    };
    reply: undefined;
  };
};

/** The routes that take an Idempotency-Key. */
export const REPEATABLE: readonly string[] = [
  'POST /v1/missions',
  'POST /v1/missions/batch',
  'POST /v1/missions/{missionId}/cancel',
  'POST /v1/missions/{missionId}/pause',
  'POST /v1/missions/{missionId}/resume',
  'POST /v1/missions/{missionId}/answer',
  'POST /v1/approvals/{askId}/decision',
  'POST /v1/missions/{missionId}/retry',
  'POST /v1/missions/{missionId}/fork',
  'POST /v1/bulk-actions',
  'POST /v1/missions/{missionId}/tokens',
  'POST /v1/sessions',
  'POST /v1/account/rotate-webhook-secret',
  'POST /v1/webhook-endpoints',
  'PATCH /v1/webhook-endpoints/{endpointId}',
  'POST /v1/webhook-endpoints/{endpointId}/rotate-secret',
  'POST /v1/webhook-deliveries/{deliveryId}/redeliver',
  'POST /v1/webhook-endpoints/{endpointId}/test',
  'POST /v1/webhook-endpoints/{endpointId}/recover',
];

/** The routes that a browser's token opens too. */
export const READABLE_BY_TOKEN: readonly string[] = [
  'GET /v1/missions/{missionId}/events',
  'GET /v1/missions/{missionId}/result',
];

/** The routes that answer with bytes. */
export const BINARY: readonly string[] = [
  'GET /v1/missions/{missionId}/files/{path}',
];
