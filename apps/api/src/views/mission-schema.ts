import {
  declaredToolSchema,
  MISSION_STATUSES,
  modelOptionsSchema,
  saidMessageSchema,
  WAITING_KINDS,
} from '@flotilla/core';
import { z } from 'zod';
import { namedAgentView } from './agent.ts';
import { askView } from './ask.ts';
import { budgetView } from './budget.ts';
import { queuePlaceView } from './queue-place.ts';
import { timeView } from './time.ts';
import { timingsView } from './timings.ts';
import { usageView } from './usage.ts';

/** What views of a mission look like; `mission.ts` makes them. */
export const reasonView = z
  .object({
    code: z.string().describe('One of docs/codes.md; new ones may come.'),
    message: z.string(),
    at: timeView,
  })
  .meta({ id: 'StatusReason' });

export const waitingView = z
  .object({ kind: z.enum(WAITING_KINDS), detail: z.record(z.string(), z.json()) })
  .meta({ id: 'WaitingFor' });

export const stageView = z
  .object({
    name: z.string(),
    agent: namedAgentView.nullable(),
    model: z.string(),
    instructions: z.string().nullable(),
    tools: z.array(z.string()),
    declaredTools: z.array(declaredToolSchema),
  })
  .meta({ id: 'ChainStage' });

export const webhookView = z
  .object({
    url: z.string(),
    endpointId: z.string(),
    enabled: z.boolean().describe('false: it is told nothing, until its endpoint is enabled again.'),
  })
  .meta({ id: 'MissionWebhook' });

/** What every view of a mission has. */
const named = {
  id: z.string(),
  agent: namedAgentView.nullable(),
  model: z.string(),
  simulated: z.boolean().describe('Played by a simulator, for which no model is asked.'),
  sessionId: z.string().nullable(),
  pool: z.string(),
  priority: z.int(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  webhook: webhookView.nullable(),
  createdAt: timeView,
};

/** What a list and the whole of it have in common. */
export const commonView = z.object({
  ...named,
  status: z.enum(MISSION_STATUSES),
  statusReason: reasonView.nullable().describe('Why it is where it is.'),
  waitingFor: waitingView.nullable(),
  runAfter: timeView.nullable(),
  parentMissionId: z.string().nullable(),
  retryOf: z.string().nullable(),
  forkedFrom: z.string().nullable(),
  chainStage: z.int().describe('The role of its chain that it is in, from 0.'),
  attempt: z.int().describe('How often a worker has claimed it.'),
  stepCount: z.int(),
  usage: usageView,
  budget: budgetView.nullable(),
  startedAt: timeView.nullable(),
  finishedAt: timeView.nullable(),
  cancelRequestedAt: timeView.nullable(),
  pausedAt: timeView.nullable(),
  expiresAt: timeView.nullable(),
  deadline: timeView.nullable(),
});

export const missionListView = commonView
  .extend({ goalExcerpt: z.string().describe('The beginning of its goal.') })
  .meta({ id: 'MissionInList' });

export const missionView = commonView
  .extend({
    goal: z.string(),
    messages: z
      .array(saidMessageSchema)
      .nullable()
      .describe('The conversation it was posted with, which its goal ends; null where it was only a goal.'),
    instructions: z.string().nullable(),
    tools: z.array(z.string()),
    declaredTools: z.array(declaredToolSchema),
    modelOptions: modelOptionsSchema,
    limits: z.object({ maxSteps: z.int(), maxOutputTokens: z.int() }),
    outputSchema: z.record(z.string(), z.json()).nullable(),
    chain: z.array(stageView).nullable(),
    output: z.string().nullable().describe('Its answer, once it is completed.'),
  })
  .meta({ id: 'Mission' });

export const missionInDetailView = missionView
  .extend({
    asks: z.array(askView).describe('What it waits to be answered.'),
    queue: queuePlaceView.nullable().describe('Where it stands while it is queued.'),
    timings: timingsView,
  })
  .meta({ id: 'MissionInDetail' });

export const acceptedView = z.object({ ...named, status: z.literal('queued') }).meta({ id: 'AcceptedMission' });

export const resultView = z
  .object({
    id: z.string(),
    status: z.enum(MISSION_STATUSES),
    statusReason: reasonView.nullable(),
    output: z.string().nullable(),
    usage: usageView,
    finishedAt: timeView.nullable(),
  })
  .meta({ id: 'MissionResult' });
