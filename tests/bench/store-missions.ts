import { createId, type MissionSpec, missionBell } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';

const POOL = 'default';
const PRIORITY = 5;

/** Stores missions and rings for them, as the API does once it has let them in. @returns their ids */
export async function storeMissions(
  { db, queue }: { db: Pick<Database, 'missions'>; queue: Pick<Queue, 'ringAll'> },
  {
    accountId,
    spec,
    count,
    endpointOf = () => null,
  }: {
    accountId: string;
    spec: MissionSpec;
    count: number;
    /** The endpoint that the one at this place names itself. */
    endpointOf?: (place: number) => string | null;
  },
): Promise<string[]> {
  const missions = Array.from({ length: count }, (_, place) => ({
    id: createId('mission'),
    accountId,
    spec,
    pool: POOL,
    priority: PRIORITY,
    tags: [],
    metadata: {},
    endpointId: endpointOf(place),
  }));
  const created = await Promise.all(missions.map((mission) => db.missions.create(mission)));
  await queue.ringAll(
    created.map(({ id, rings }) => missionBell({ missionId: id, pool: POOL, priority: PRIORITY, rings })),
  );
  return created.map(({ id }) => id);
}
