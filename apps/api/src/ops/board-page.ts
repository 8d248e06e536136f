import type { Database } from '@flotilla/db';
import type { OpsPage } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

const PATH = '/admin/board';

/** `GET /admin/board`: bull-board over the bells of all pools and of the deliveries, on either backend, for looking only. */
export function boardPage({
  queue,
  pools,
}: {
  queue: Pick<Queue, 'openBoard'>;
  pools: Pick<Database['pools'], 'list'>;
}): OpsPage {
  const board = queue.openBoard({
    basePath: PATH,
    channels: async () => [
      ...(await pools.list()).map(({ name }) => ({ job: 'mission' as const, pool: name })),
      { job: 'delivery' },
    ],
  });
  return { path: PATH, get: board.get };
}
