import { createId, type MissionRequest } from '@flotilla/core';
import type { Database, NewMission } from '@flotilla/db';
import type { FindFleetTools } from './fleet-tools.ts';
import type { FindAgents } from './named-agents.ts';
import type { ChoosePool } from './pools.ts';
import { checkSession } from './session.ts';
import { createMissionSpec, type ModelPolicy, toolNamesOf } from './spec.ts';
import type { CheckToolUrls } from './tool-urls.ts';
import type { WebhookEndpoints } from './webhook.ts';

/**
 * A mission as it is to be stored, from a request that is good.
 * @throws {ProblemError} whatever is wrong with the request
 */
export type PrepareMission = (accountId: string, request: MissionRequest) => Promise<NewMission>;

export type PrepareDeps = {
  db: { sessions: Pick<Database['sessions'], 'read'> };
  endpoints: WebhookEndpoints;
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
    // From here on the request is good, and something is stored.
    const endpointId = webhook ? await endpoints.ensure(accountId, webhook) : null;
    return {
      id: createId('mission'),
      accountId,
      spec,
      sessionId,
      agentId: agents.mission?.id ?? null,
      pool,
      priority,
      tags,
      metadata,
      endpointId,
      traceparent: currentTrace(),
      ...(dedupe && { dedupeKey: dedupe.key }),
      ...timesOf(request),
    };
  };
}

/** The moments of a mission; a delay counts from now. */
function timesOf({ startAt, delay, expiresAt, deadline }: MissionRequest) {
  return {
    startAt: startAt ?? (delay === undefined ? null : new Date(Date.now() + delay * 1_000)),
    expiresAt: expiresAt ?? null,
    deadlineAt: deadline ?? null,
  };
}
