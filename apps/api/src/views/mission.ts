import type { ChainStage, Mission, StatusReason, WaitingFor } from '@flotilla/core';
import { parseModelRef } from '@flotilla/core';
import type { ListedMission, NewMission } from '@flotilla/db';
import type { z } from 'zod';
import { toNamedAgentView } from './agent.ts';
import { toBudgetView } from './budget.ts';
import { excerptOf } from './excerpt.ts';
import type {
  acceptedView,
  commonView,
  missionListView,
  missionView,
  reasonView,
  resultView,
  stageView,
  waitingView,
  webhookView,
} from './mission-schema.ts';
import { reasonOf } from './status-reason.ts';
import { toTime, toTimeOrNull } from './time.ts';
import { toUsageView } from './usage.ts';

/** Whether a model is one of the simulators, which must never pass for a real one. */
export function isSimulated(model: string): boolean {
  return parseModelRef(model)?.provider === 'sim';
}

/** Whether any of its roles is. */
function isPlayedBySimulator({ model, chain = [] }: ListedMission['spec']): boolean {
  const roles = chain.length === 0 ? [{ model }] : chain;
  return roles.some((role) => isSimulated(role.model));
}

/** A mission with everything that was asked and has come of it. Every field is always there; what does not apply is `null`. */
export function toMissionView(mission: Mission): z.infer<typeof missionView> {
  const { spec } = mission;
  return {
    ...toCommonView(mission),
    goal: spec.goal,
    messages: spec.said ? [...spec.said, { role: 'user', content: spec.goal }] : null,
    instructions: spec.instructions,
    tools: spec.tools,
    declaredTools: spec.declaredTools ?? [],
    modelOptions: spec.modelOptions,
    limits: { maxSteps: spec.limits.maxSteps, maxOutputTokens: spec.limits.maxOutputTokens },
    outputSchema: spec.outputSchema ?? null,
    chain: spec.chain?.map(toStageView) ?? null,
    output: mission.output,
  };
}

/** What has come of a mission, without all that was asked. */
export function toResultView(mission: Mission): z.infer<typeof resultView> {
  return {
    id: mission.id,
    status: mission.status,
    statusReason: toReasonView(reasonOf(mission)),
    output: mission.output,
    usage: toUsageView(mission.usage),
    finishedAt: toTimeOrNull(mission.finishedAt),
  };
}

/** What whoever has just POSTed it is told of a mission, but for the moment it was stored at. */
export function toAcceptedView(
  mission: NewMission,
  webhookUrl: string | null,
): Omit<z.infer<typeof acceptedView>, 'createdAt'> {
  const { id, spec, sessionId = null, pool, priority, tags, metadata, endpointId } = mission;
  return {
    id,
    status: 'queued',
    agent: toNamedAgentView(spec.agent),
    model: spec.model,
    simulated: isPlayedBySimulator(spec),
    sessionId,
    pool,
    priority,
    tags,
    metadata,
    webhook: webhookUrl === null || endpointId === null ? null : { url: webhookUrl, endpointId, enabled: true },
  };
}

/** A mission in a list: without its long texts, a hundred of which would make a page of many megabytes. */
export function toMissionListView(mission: ListedMission): z.infer<typeof missionListView> {
  return { ...toCommonView(mission), goalExcerpt: excerptOf(mission.spec.goal) };
}

function toCommonView(mission: ListedMission): z.infer<typeof commonView> {
  return {
    id: mission.id,
    status: mission.status,
    statusReason: toReasonView(reasonOf(mission)),
    waitingFor: mission.status === 'waiting' ? toWaitingView(mission.waitingFor) : null,
    runAfter: mission.status === 'queued' ? toTimeOrNull(mission.runAfter) : null,
    agent: toNamedAgentView(mission.spec.agent),
    model: mission.spec.model,
    simulated: isPlayedBySimulator(mission.spec),
    sessionId: mission.sessionId,
    parentMissionId: mission.parentMissionId,
    pool: mission.pool,
    priority: mission.priority,
    tags: mission.tags,
    metadata: mission.metadata,
    webhook: toWebhookView(mission.webhook),
    retryOf: mission.retryOf,
    forkedFrom: mission.forkedFrom,
    chainStage: mission.chainStage,
    attempt: mission.attempt,
    stepCount: mission.stepCount,
    usage: toUsageView(mission.usage),
    budget: toBudgetView(mission),
    createdAt: toTime(mission.createdAt),
    startedAt: toTimeOrNull(mission.startedAt),
    finishedAt: toTimeOrNull(mission.finishedAt),
    cancelRequestedAt: toTimeOrNull(mission.cancelRequestedAt),
    pausedAt: toTimeOrNull(mission.pausedAt),
    expiresAt: toTimeOrNull(mission.expiresAt),
    deadline: toTimeOrNull(mission.deadlineAt),
  };
}

function toWebhookView(webhook: Mission['webhook']): z.infer<typeof webhookView> | null {
  return webhook === null ? null : { url: webhook.url, endpointId: webhook.endpointId, enabled: webhook.isEnabled };
}

function toStageView(stage: ChainStage): z.infer<typeof stageView> {
  const { name, agent, model, instructions, tools, declaredTools = [] } = stage;
  return { name, agent: toNamedAgentView(agent), model, instructions, tools, declaredTools };
}

function toReasonView(reason: StatusReason | null): z.infer<typeof reasonView> | null {
  return reason === null ? null : { code: reason.code, message: reason.message, at: toTime(reason.at) };
}

function toWaitingView(waitingFor: WaitingFor): z.infer<typeof waitingView> {
  return { kind: waitingFor.kind, detail: waitingFor.detail };
}
