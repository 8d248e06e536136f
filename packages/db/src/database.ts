import { findAccount } from './accounts/accounts.ts';
import { createAccountVerbs, createKeyVerbs } from './accounts/verbs.ts';
import { createAgentVerbs } from './agents/verbs.ts';
import { runAudit } from './audit/audit.ts';
import { giveBack } from './budgets/give-back.ts';
import { reserveCalls } from './budgets/reserve.ts';
import { type ClientOptions, createClient } from './client.ts';
import { type Batch, createCoalesced } from './coalesce.ts';
import { createDeliveryVerbs } from './deliveries/verbs.ts';
import { createDocuments } from './documents/documents.ts';
import { DELIVERY_LIMITS, type DeliveryLimits } from './endpoints/room.ts';
import { createEndpointVerbs } from './endpoints/verbs.ts';
import { createEventVerbs } from './events/verbs.ts';
import { Prisma } from './generated/prisma/client.ts';
import { claimKey, dropClaim, forsakeClaim, settleClaim } from './idempotency/claims.ts';
import type { NewRecord, RecordKey } from './idempotency/open-records.ts';
import { completeRecord, readRecord, writeRecord } from './idempotency/records.ts';
import { claimMissions } from './lease/claim.ts';
import { type BeatOptions, beat, readHeld } from './lease/heartbeat.ts';
import { leaveRunning } from './lease/leave.ts';
import { type NewWorker, registerWorker, stopWorker } from './lease/register.ts';
import { readToStop } from './lease/to-stop.ts';
import { wakeHeldBack } from './lease/wake.ts';
import { wakeSuspect } from './lease/wake-suspect.ts';
import { readMemories, writeMemory } from './memories/memories.ts';
import { createSchemaCheck } from './migrate/check-schema.ts';
import { settleEnds } from './missions/aftermath.ts';
import { answerMission, type NewAnswer } from './missions/answer.ts';
import { countBacklog, createBacklogGate, EVERY_QUEUED, NEVER_RAN } from './missions/backlog.ts';
import { cancelMission } from './missions/cancel.ts';
import { type CopyOptions, copyMissions, type MissionCopy } from './missions/copy.ts';
import { createMissions, type NewMission } from './missions/create.ts';
import {
  createMissionsOnce,
  createMissionsTogether,
  findUnfinished,
  type OnceMission,
} from './missions/create-once.ts';
import type { EndedMission } from './missions/ended-mission.ts';
import { eraseMissions } from './missions/erase.ts';
import { pauseMission, resumeMission } from './missions/pause.ts';
import { readMission } from './missions/read.ts';
import { createMissionReads } from './missions/reads.ts';
import { openConnections } from './open-connections.ts';
import { readPlan, readSessionPlan, writePlan } from './plans/plans.ts';
import { createPoolWait } from './pool-wait.ts';
import { createPool, listPools, setPoolPaused } from './pools/pools.ts';
import { type ResponseOf, readResponse, writeResponse } from './responses/responses.ts';
import { readEarlier } from './sessions/earlier.ts';
import { eraseSession } from './sessions/erase.ts';
import { createSession, listSessions, readSession } from './sessions/sessions.ts';
import { hasUntrusted } from './sessions/untrusted.ts';
import { runStatement } from './statement.ts';
import { commitResponses } from './steps/commit-response.ts';
import { commitToolResults } from './steps/commit-tool-result.ts';
import { commitUnusedCall } from './steps/commit-unused-call.ts';
import { compressResult, type OutputAsked, readOutput } from './steps/full-output.ts';
import { readSteps } from './steps/read.ts';
import { startToolCalls } from './steps/start-tool-call.ts';
import { commitSummary, readSummary } from './steps/summaries.ts';
import { readPoolBacklogs } from './sweep/pool-backlogs.ts';
import { createSweepVerbs } from './sweep/verbs.ts';
import { createSwitchVerbs } from './switches/verbs.ts';
import { createUsageVerbs } from './usage/verbs.ts';
import { ROW_WEIGHT, weighLeave, weighMission } from './weights.ts';
import { createWorkerVerbs } from './workers/verbs.ts';
import { createWorkspaceVerbs } from './workspace/verbs.ts';

/** Each holds a lock in Postgres' table of locks, which has room for 6,400 by default. */
const ONCE_ROWS = 100;

export type Database = ReturnType<typeof createDatabase>;

export type DatabaseOptions = ClientOptions & {
  /** Told of every batch that came back. */
  onBatch?(batch: Batch): void;
  /** What a webhook endpoint may have at once, where that is not as usual. */
  deliveryLimits?: Partial<DeliveryLimits>;
};

/**
 * The durable state: verbs grouped by noun. Every write of a mission's life goes through a batcher of its kind; each
 * call still gets an outcome of its own. All of them may throw `DatabaseUnavailableError`.
 */
export function createDatabase(options: DatabaseOptions) {
  const { client, pool: connections } = createClient(options);
  const poolWait = createPoolWait(connections);
  const { onBatch } = options;
  const deliveryLimits = { ...DELIVERY_LIMITS, ...options.deliveryLimits };
  const coalesced = createCoalesced(onBatch);
  const byMission = (item: { missionId: string }) => item.missionId;
  const commitToolResult = coalesced('commit_tool_result')(
    (items: Parameters<typeof commitToolResults>[1]) => commitToolResults(client, items),
    byMission,
    (item) => ROW_WEIGHT + item.result.content.length + (item.fullOutputZstd?.length ?? 0),
  );

  return {
    accounts: createAccountVerbs(client),
    keys: createKeyVerbs(client),
    endpoints: createEndpointVerbs(client),
    pools: {
      list: () => listPools(client),
      /** What each has to do, and with what. */
      backlogs: () => readPoolBacklogs(client),
      /** `false`: there is one of this name already. */
      create: (name: string) => createPool(client, name),
      setPaused: (pool: { name: string; paused: boolean }) => setPoolPaused(client, pool),
    },
    agents: createAgentVerbs(client),
    sessions: {
      create: (accountId: string) => createSession(client, accountId),
      read: (accountId: string, sessionId: string) => readSession(client, accountId, sessionId),
      list: (page: { accountId: string; before: string | null; limit: number }) => listSessions(client, page),
      erase: (accountId: string, sessionId: string) => eraseSession(client, accountId, sessionId),
      /** What its missions before this one have said, as much as makes up so many messages. */
      earlier: (of: { sessionId: string; missionId: string; messages: number }) => readEarlier(client, of),
      /** Whether one of its other missions has had untrusted content in its context. */
      hasUntrusted: (of: Parameters<typeof hasUntrusted>[1]) => hasUntrusted(client, of),
    },
    /** What requests with an Idempotency-Key were answered. */
    records: {
      read: (of: RecordKey) => readRecord(client, of),
      write: (record: NewRecord & { missionId: string | null }) => writeRecord(client, record),
      complete: (of: RecordKey, response: object) => completeRecord(client, of, response),
      claim: (claim: Parameters<typeof claimKey>[1]) => claimKey(client, claim),
      settle: (claim: Parameters<typeof settleClaim>[1]) => settleClaim(client, claim),
      drop: (claim: RecordKey) => dropClaim(client, claim),
      forsake: (claim: RecordKey) => forsakeClaim(client, claim),
    },
    /** Whatever stores missions on a client's behalf asks here first. */
    backlog: createBacklogGate({ count: (accountId) => countBacklog(client, { accountId, counts: EVERY_QUEUED }) }),
    /** And whatever starts missions of missions here. */
    childBacklog: createBacklogGate({ count: (accountId) => countBacklog(client, { accountId, counts: NEVER_RAN }) }),
    missions: {
      create: coalesced('create')(
        (items: NewMission[]) => createMissions(client, items),
        (item) => item.id,
        weighMission,
      ),
      /** One that must not be stored twice, and the record of its request with it. */
      createOnce: coalesced('create_once', ONCE_ROWS)(
        (items: OnceMission[]) => createMissionsOnce(client, items),
        // What would only stand in another's way waits for the next batch.
        ({ mission: { id, accountId, dedupeKey }, record }) =>
          JSON.stringify([accountId, record?.key ?? dedupeKey ?? id]),
        ({ mission, record }) => weighMission(mission) + (record ? ROW_WEIGHT : 0),
      ),
      /** All of them or none, and the record of the request that they came with. */
      createTogether: (missions: readonly NewMission[], record: NewRecord | null) =>
        createMissionsTogether(client, missions, record),
      /** Those that have not finished, by dedupe key. */
      unfinished: (accountId: string, dedupeKeys: readonly string[]) => findUnfinished(client, accountId, dedupeKeys),
      ...createMissionReads(client),
      /** Retry and fork: new missions that begin as others did. */
      copy: (copies: readonly MissionCopy[], how: CopyOptions) => copyMissions(client, copies, how),
      cancel: (accountId: string, missionId: string) => cancelMission(client, accountId, missionId),
      answer: (answer: NewAnswer) => answerMission(client, answer),
      /** What follows from missions that have ended; called after the commit that ended them. */
      settle: (ends: readonly EndedMission[]) => settleEnds(client, ends),
      pause: (accountId: string, missionId: string) => pauseMission(client, accountId, missionId),
      resume: (accountId: string, missionId: string) => resumeMission(client, accountId, missionId),
      erase: (accountId: string, missionId: string) => eraseMissions(client, accountId, [missionId]),
    },
    lease: {
      register: (worker: NewWorker) => registerWorker(client, worker),
      beat: (workerId: string, as?: BeatOptions) => beat(client, workerId, as),
      held: (workerId: string) => readHeld(client, workerId),
      toStop: (workerId: string) => readToStop(client, workerId),
      stop: (workerId: string) => stopWorker(client, workerId),
      claim: coalesced('claim')(
        (items: Parameters<typeof claimMissions>[1]) => claimMissions(client, items),
        byMission,
      ),
      /** What to ring now that slots of these accounts are free; called after the leave that freed them. */
      wake: (accountIds: string[]) => wakeHeldBack(client, accountIds),
      /** What to ring now that a suspect of this pool has made progress or left. */
      wakeSuspect: (pool: string) => wakeSuspect(client, pool),
      /** Finish, release or park. */
      leave: coalesced('leave')(
        (items: Parameters<typeof leaveRunning>[1]) => leaveRunning(client, items),
        byMission,
        weighLeave,
      ),
    },
    steps: {
      commitResponse: coalesced('commit_response')(
        (items: Parameters<typeof commitResponses>[1]) => commitResponses(client, items),
        byMission,
        (item) => ROW_WEIGHT + item.response.usage.outputTokens * 4,
      ),
      startToolCall: coalesced('start_tool_call')(
        (items: Parameters<typeof startToolCalls>[1]) => startToolCalls(client, items),
        byMission,
      ),
      commitToolResult: async (commit: Parameters<typeof compressResult>[0]) =>
        commitToolResult(await compressResult(commit)),
      /** What a tool call has asked whose result nobody will commit. */
      commitUnusedCall: (commit: Parameters<typeof commitUnusedCall>[1]) => commitUnusedCall(client, commit),
      /** The whole output of a call, for a mission that may see it. */
      readOutput: (asked: OutputAsked) => readOutput(client, asked),
      read: (page: { missionId: string; after: number; limit: number }) => readSteps(client, page),
      commitSummary: (commit: Parameters<typeof commitSummary>[1]) => commitSummary(client, commit),
      /** The newest of a mission's summaries. */
      readSummary: (missionId: string) => readSummary(client, missionId),
    },
    /** What models replied to an account's questions, for a while. */
    responses: {
      read: (of: ResponseOf) => readResponse(client, of),
      write: (reply: Parameters<typeof writeResponse>[1]) => writeResponse(client, reply),
    },
    /** What was spent. */
    usage: createUsageVerbs(client),
    /** What a mission may spend. */
    budgets: {
      reserve: coalesced('reserve')(
        (items: Parameters<typeof reserveCalls>[1]) => reserveCalls(client, items),
        byMission,
      ),
      giveBack: (reservation: Parameters<typeof giveBack>[1]) => giveBack(client, reservation),
    },
    /** What a mission means to do; shared by the missions of a session. */
    plans: {
      read: (missionId: string) => readPlan(client, missionId),
      ofSession: (accountId: string, sessionId: string) => readSessionPlan(client, accountId, sessionId),
      write: (plan: Parameters<typeof writePlan>[1]) => writePlan(client, plan),
    },
    /** What the missions of a session leave for each other. */
    memories: {
      read: (missionId: string) => readMemories(client, missionId),
      write: (memory: Parameters<typeof writeMemory>[1]) => writeMemory(client, memory),
    },
    /** The files of a mission. */
    workspace: createWorkspaceVerbs(client),
    events: createEventVerbs(client),
    deliveries: createDeliveryVerbs(client, { limits: deliveryLimits, coalesced }),
    sweep: createSweepVerbs(client, deliveryLimits),
    /** Small texts that processes change together; what they say is not the database's matter. */
    documents: createDocuments(client),
    workers: createWorkerVerbs(client),
    switches: createSwitchVerbs(client),
    audit: () => runAudit(client),
    /** @throws {DatabaseUnavailableError} naming the migrations of this version that are not applied */
    checkSchema: createSchemaCheck(client),
    /** @throws when the database does not answer */
    ping: async () => {
      await runStatement(client, Prisma.sql`SELECT 1`);
    },
    /**
     * Makes the first requests as quick as those after: Prisma loads its query compiler with the first query, which takes
     * a quarter of a second, and all connections are opened before they are asked for.
     */
    warmUp: async () => {
      await openConnections(connections);
      await Promise.all([findAccount(client, ''), createMissions(client, []), readMission(client, '', '')]);
    },
    /** Connections this process holds, and statements that wait for one. */
    poolUse: () => ({
      max: options.poolSize,
      total: connections.totalCount,
      idle: connections.idleCount,
      waiting: connections.waitingCount,
    }),
    /** How long, in milliseconds, a statement that comes now waits for a connection, as far as it is known. */
    poolWaitMs: poolWait.look,
    close: () => client.$disconnect(),
  };
}
