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
  }: {
    accountId: string;
    spec: MissionSpec;
    count: number;
  },
): Promise<string[]> {
  const missions = Array.from({ length: count }, () => ({
    id: createId('mission'),
    accountId,
    spec,
    pool: POOL,
    priority: PRIORITY,
    tags: [],
    metadata: {},
    endpointId: null,
  }));
  const created = await Promise.all(missions.map((mission) => db.missions.create(mission)));
  await queue.ringAll(
    created.map(({ id, rings }) => missionBell({ missionId: id, pool: POOL, priority: PRIORITY, rings })),
  );
  return created.map(({ id }) => id);
}
