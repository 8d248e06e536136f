import { createId, DEFAULT_POOL, type MissionRequest, missionRequestSchema } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import { createMissionSpec, type ModelPolicy } from '../missions/spec.ts';
import type { WebhookEndpoints } from '../missions/webhook.ts';
import { isSimulated } from '../views/mission.ts';
import { toTime } from '../views/time.ts';
import type { Route } from './route.ts';

/** `POST /v1/missions`: 202 once the mission is committed. Nobody waits for the queue: a bell that is lost, the sweep rings. */
export function createMissionRoute(deps: {
  db: Pick<Database, 'missions'>;
  queue: Pick<Queue, 'ring'>;
  endpoints: WebhookEndpoints;
  models: ModelPolicy;
}): Route {
  const { db, queue, endpoints, models } = deps;
  return {
    method: 'POST',
    path: '/v1/missions',
    scope: 'missions:write',
    body: 'required',
    async handle({ accountId, query, body }) {
      readQuery(noQuery, query);
      const request = readInput(missionRequestSchema, body);
      const spec = createMissionSpec(request, models);
      if (request.webhook) await endpoints.check(request.webhook);
      // From here on the request is good, and something is stored.
      const endpointId = request.webhook ? await endpoints.ensure(accountId, request.webhook) : null;
      const { priority, tags, metadata } = request;
      const id = createId('mission');
      const mission = {
        id,
        accountId,
        spec,
        pool: DEFAULT_POOL,
        priority,
        tags,
        metadata,
        endpointId,
        ...timesOf(request),
      };
      const { createdAt, rings } = await db.missions.create(mission);
      // One that is to start later has no bell yet: the sweep rings it at its moment.
      if (rings > 0) void queue.ring({ job: 'mission', missionId: id, pool: mission.pool, priority, ring: rings });
      return {
        status: 202,
        headers: { Location: `/v1/missions/${id}` },
        body: {
          id,
          status: 'queued',
          model: spec.model,
          simulated: isSimulated(spec.model),
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
