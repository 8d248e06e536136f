import { Redis } from 'ioredis';
import type { Stage } from './stage.ts';

/** What a load has cost its stores, in sums since they were started. */
type Sums = { databaseBytes: number; eventBytes: number; events: number; walBytes: number; redisCommands: number };
/** The same for one mission. */
export type MissionCosts = Sums;

export type Costs = { perMission(missions: number): Promise<MissionCosts> };

/** Looks at the stores now, and again when it is asked what a mission came to. */
export async function startCosts(stage: Pick<Stage, 'query' | 'redisUrl'>): Promise<Costs> {
  const before = await read(stage);
  return {
    async perMission(missions) {
      const after = await read(stage);
      return {
        databaseBytes: (after.databaseBytes - before.databaseBytes) / missions,
        eventBytes: (after.eventBytes - before.eventBytes) / missions,
        events: (after.events - before.events) / missions,
        walBytes: (after.walBytes - before.walBytes) / missions,
        redisCommands: (after.redisCommands - before.redisCommands) / missions,
      };
    },
  };
}

async function read({ query, redisUrl }: Pick<Stage, 'query' | 'redisUrl'>): Promise<Sums> {
  const [row] = await query<{ size: number; wal: number; eventBytes: number; events: number }>(
    `SELECT pg_database_size(current_database())::float8 AS size,
            pg_total_relation_size('mission_events')::float8 AS "eventBytes",
            (SELECT count(*)::float8 FROM mission_events) AS events,
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal`,
  );
  const redis = new Redis(redisUrl);
  try {
    const [, commands = '0'] = /total_commands_processed:(\d+)/.exec(await redis.info('stats')) ?? [];
    return {
      databaseBytes: row?.size ?? 0,
      eventBytes: row?.eventBytes ?? 0,
      events: row?.events ?? 0,
      walBytes: row?.wal ?? 0,
      redisCommands: Number(commands),
    };
  } finally {
    redis.disconnect();
  }
}
