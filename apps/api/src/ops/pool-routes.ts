import { POOL_NAME } from '@flotilla/core';
import type { Database, StoredPool } from '@flotilla/db';
import { OpsError, type OpsRoute } from '@flotilla/platform';
import { z } from 'zod';

const change = z.strictObject({ create: z.literal(true).optional(), paused: z.boolean().optional() });

/**
 * `GET /admin/pools`, and `POST /admin/pools/:name` with `{create: true}`, `{paused: true}` or `{paused: false}`, both in
 * one if need be. A paused pool accepts missions and lets what runs go on, but nothing of it is claimed; resumed, the
 * sweep rings what is due.
 */
export function poolRoutes(pools: Database['pools']): OpsRoute[] {
  return [
    {
      method: 'GET',
      path: '/admin/pools',
      handle: async () => ({ status: 200, body: { pools: (await pools.list()).map(toView) } }),
    },
    {
      method: 'POST',
      path: '/admin/pools/:name',
      async handle({ name, body }) {
        if (!POOL_NAME.test(name)) throw new OpsError(422, 'A pool is named with up to 63 of a–z, 0–9 and -.');
        const read = change.safeParse(body);
        if (!read.success || (read.data.create === undefined && read.data.paused === undefined)) {
          throw new OpsError(422, 'Send {"create": true}, {"paused": true} or {"paused": false}.');
        }
        const { create, paused } = read.data;
        if (create) await pools.create(name);
        const pool = paused === undefined ? await find(name) : await pools.setPaused({ name, paused });
        if (!pool) throw new OpsError(404, 'There is no such pool; send {"create": true} to make it.');
        return { status: 200, body: toView(pool) };
      },
    },
  ];

  async function find(name: string): Promise<StoredPool | null> {
    return (await pools.list()).find((pool) => pool.name === name) ?? null;
  }
}

function toView({ name, createdAt, pausedAt }: StoredPool) {
  return { name, createdAt: createdAt.toISOString(), pausedAt: pausedAt?.toISOString() ?? null };
}
