import type { Database } from '@flotilla/db';
import type { OpsRoute } from '@flotilla/platform';

/** `GET /admin/workers`: the workers whose lease is live, each with its slots and how many of them are used. */
export function workersRoute(workers: Pick<Database['workers'], 'listLive'>): OpsRoute {
  return {
    method: 'GET',
    path: '/admin/workers',
    async handle() {
      const live = await workers.listLive();
      return {
        status: 200,
        body: {
          workers: live.map(({ startedAt, heartbeatAt, ...worker }) => ({
            ...worker,
            startedAt: startedAt.toISOString(),
            heartbeatAt: heartbeatAt.toISOString(),
          })),
        },
      };
    },
  };
}
