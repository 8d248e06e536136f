import { z } from 'zod';

/**
 * The job catalogue: every kind of bell, what it carries, and where it rings. A bell carries ids, never state:
 * it may be lost, doubled or late, and whoever answers it reads Postgres before doing anything.
 */
export const JOBS = {
  mission: { payload: z.strictObject({ missionId: z.string() }), queue: (pool: string) => `missions-${pool}` },
  delivery: { payload: z.strictObject({ deliveryId: z.string() }), queue: () => 'deliveries' },
} as const;

export type JobName = keyof typeof JOBS;

/**
 * One ring. `ring` numbers the rings of one mission or delivery: the queue silently swallows an id it already holds,
 * so every ring has an id of its own. `front`: ahead of everything, for what was taken over from a dead worker.
 */
export type MissionBell = {
  job: 'mission';
  missionId: string;
  pool: string;
  priority: number;
  ring: number;
  front?: boolean;
};
export type DeliveryBell = { job: 'delivery'; deliveryId: string; ring: number };
export type Bell = MissionBell | DeliveryBell;

/** The bell of a mission that the database says is to be rung; `rings` is the number it gave this ring. */
export function missionBell(due: { missionId: string; pool: string; priority: number; rings: number }): MissionBell {
  return { job: 'mission', missionId: due.missionId, pool: due.pool, priority: due.priority, ring: due.rings };
}

export const DEFAULT_POOL = 'default';

/** A pool's name is part of the name of its queue. */
export const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
