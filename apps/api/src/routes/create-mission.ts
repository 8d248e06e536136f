import { createId, type MissionRequest, missionRequestSchema } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import type { ApiFacts } from '../metrics.ts';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import type { FindAgents } from '../missions/named-agents.ts';
import type { ChoosePool } from '../missions/pools.ts';
import { checkSession } from '../missions/session.ts';
import { createMissionSpec, type ModelPolicy, toolNamesOf } from '../missions/spec.ts';
import type { CheckToolUrls } from '../missions/tool-urls.ts';
import type { WebhookEndpoints } from '../missions/webhook.ts';
import { toNamedAgentView } from '../views/agent.ts';
import { isPlayedBySimulator } from '../views/mission.ts';
import { toTime } from '../views/time.ts';
import type { Route } from './route.ts';

/** `POST /v1/missions`: 202 once the mission is committed. Nobody waits for the queue: a bell that is lost, the sweep rings. */
export function createMissionRoute(deps: {
  db: Pick<Database, 'missions' | 'sessions' | 'backlog'>;
  queue: Pick<Queue, 'ring'>;
  endpoints: WebhookEndpoints;
  findAgents: FindAgents;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
  choosePool: ChoosePool;
  models: ModelPolicy;
  facts: Pick<ApiFacts, 'accepted'>;
}): Route {
  const { db, queue, endpoints, findAgents, findFleetTools, checkToolUrls, choosePool, models, facts } = deps;
  return {
    method: 'POST',
    path: '/v1/missions',
    scope: 'missions:write',
    body: 'required',
    async handle({ accountId, query, body }) {
      readQuery(noQuery, query);
      const request = readInput(missionRequestSchema, body);
      const agents = await findAgents(accountId, request);
      const fleetTools = await findFleetTools(toolNamesOf(request, agents));
      const spec = createMissionSpec(request, { models, agents, fleetTools });
      const { priority, tags, metadata, sessionId = null } = request;
      const pool = await choosePool(request.pool ?? agents.mission?.definition.pool);
      if (sessionId !== null) await checkSession(db, accountId, sessionId);
      await checkToolUrls(request.tools, '/tools');
      for (const [index, { tools }] of (request.chain ?? []).entries()) {
        await checkToolUrls(tools, `/chain/${index}/tools`);
      }
      if (request.webhook) await endpoints.check(request.webhook);
      // From here on the request is good, and something is stored.
      const endpointId = request.webhook ? await endpoints.ensure(accountId, request.webhook) : null;
      const id = createId('mission');
      const mission = {
        id,
        accountId,
        spec,
        sessionId,
        agentId: agents.mission?.id ?? null,
        pool,
        priority,
        tags,
        metadata,
        endpointId,
        ...timesOf(request),
      };
      const { createdAt, rings } = await db.backlog.admit(accountId, 1, () => db.missions.create(mission));
      facts.accepted(mission);
      // One that is to start later has no bell yet: the sweep rings it at its moment.
      if (rings > 0) void queue.ring({ job: 'mission', missionId: id, pool, priority, ring: rings });
      return {
        status: 202,
        headers: { Location: `/v1/missions/${id}` },
        body: {
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
          webhook: request.webhook ? { url: request.webhook.url } : null,
          createdAt: toTime(createdAt),
        },
      };
    },
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
