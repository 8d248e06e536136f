import type { Health } from '@flotilla/platform';
import type { PublicRoute } from './route.ts';

export type HealthSources = {
  /** What this process cannot work without. */
  needed: Health;
  /** Reported beside it: a POST is accepted without a queue, and rung by the sweep. */
  reported: Health;
};

/** `GET /healthz`, which asks nobody, and `GET /readyz`, which asks the dependencies. */
export function healthRoutes({ needed, reported }: HealthSources): PublicRoute[] {
  return [
    { method: 'GET', path: '/healthz', handle: async () => ({ status: 200, body: needed.live() }) },
    {
      method: 'GET',
      path: '/readyz',
      async handle() {
        const [own, beside] = await Promise.all([needed.ready(), reported.ready()]);
        const body = { status: own.status, checks: { ...beside.checks, ...own.checks } };
        return { status: own.status === 'ok' ? 200 : 503, body };
      },
    },
  ];
}
