import { createId, type MissionRequest } from '@flotilla/core';
import type { Database, NewMission } from '@flotilla/db';
import type { FindFleetTools } from './fleet-tools.ts';
import type { FindAgents } from './named-agents.ts';
import type { ChoosePool } from './pools.ts';
import { checkSession } from './session.ts';
import { createMissionSpec, type ModelPolicy, toolNamesOf } from './spec.ts';
import type { CheckToolUrls } from './tool-urls.ts';
import type { Webhook, WebhookEndpoints } from './webhook.ts';

/** A mission as it is to be stored, but for its webhook, which stands for an endpoint. */
export type PreparedMission = { mission: NewMission; webhook: Webhook | null };

/**
 * Makes a mission of a request that is good. Stores nothing.
 * @throws {ProblemError} whatever is wrong with the request
 */
export type PrepareMission = (accountId: string, request: MissionRequest) => Promise<PreparedMission>;

/** Gives a mission the endpoint of its webhook. The last before it is stored: for what is turned away nothing is. */
export type NameEndpoint = (prepared: PreparedMission) => Promise<NewMission>;

export type PrepareDeps = {
  db: { sessions: Pick<Database['sessions'], 'read'> };
  endpoints: Pick<WebhookEndpoints, 'check'>;
  findAgents: FindAgents;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
  choosePool: ChoosePool;
  models: ModelPolicy;
  /** The `traceparent` of the request in hand. */
  currentTrace: () => string | null;
};

export function createPreparer(deps: PrepareDeps): PrepareMission {
  const { db, endpoints, findAgents, findFleetTools, checkToolUrls, choosePool, models, currentTrace } = deps;
  return async function prepareMission(accountId, request) {
    const agents = await findAgents(accountId, request);
    const fleetTools = await findFleetTools(toolNamesOf(request, agents));
    const spec = createMissionSpec(request, { models, agents, fleetTools });
    const { priority, tags, metadata, sessionId = null, webhook, dedupe } = request;
    const pool = await choosePool(request.pool ?? agents.mission?.definition.pool);
    if (sessionId !== null) await checkSession(db, accountId, sessionId);
    await checkToolUrls(request.tools, '/tools');
    for (const [index, { tools }] of (request.chain ?? []).entries()) {
      await checkToolUrls(tools, `/chain/${index}/tools`);
    }
    if (webhook) await endpoints.check(accountId, webhook);
    const mission = {
      id: createId('mission'),
      accountId,
      spec,
      sessionId,
      agentId: agents.mission?.id ?? null,
      pool,
      priority,
      tags,
      metadata,
      endpointId: null,
      traceparent: currentTrace(),
      ...(dedupe && { dedupeKey: dedupe.key }),
      ...timesOf(request),
    };
    return { mission, webhook: webhook ?? null };
  };
}

export function createEndpointNamer({ ensure }: Pick<WebhookEndpoints, 'ensure'>): NameEndpoint {
  return async function nameEndpoint({ mission, webhook }) {
    return webhook === null ? mission : { ...mission, endpointId: await ensure(mission.accountId, webhook) };
  };
}

/** The moments of a mission. From when a delay counts the database says, which stores it. */
function timesOf({ startAt, delay, expiresAt, deadline }: MissionRequest) {
  return {
    startAt: startAt ?? null,
    delaySeconds: delay ?? null,
    expiresAt: expiresAt ?? null,
    deadlineAt: deadline ?? null,
  };
}
