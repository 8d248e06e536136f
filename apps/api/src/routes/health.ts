import type { Health, Readiness } from '@flotilla/platform';
import type { Load } from '../limits/overload.ts';
import { livenessView, readinessView } from '../views/readiness.ts';
import type { PublicRoute } from './route.ts';

export type HealthSources = {
  /** What this process cannot work without. */
  needed: Health;
  /** Reported beside it: a POST is accepted without a queue, and rung by the sweep. */
  reported: Health;
};

/**
 * Reported, and no reason to be sent nothing: where all processes have too much to do, a balancer that takes them away
 * one after the other leaves nobody to say "try again".
 * @throws {Error} saying what there is too much of
 */
export async function checkLoad({ overload }: Load): Promise<void> {
  if (overload !== null) throw new Error(`there is more to do than can be done: ${overload}`);
}

/** Readiness as it is told: what is needed decides, what is reported is shown. */
export async function readReadiness({ needed, reported }: HealthSources): Promise<Readiness> {
  const [own, beside] = await Promise.all([needed.ready(), reported.ready()]);
  return { status: own.status, checks: { ...beside.checks, ...own.checks } };
}

/** `GET /healthz`, which asks nobody, and `GET /readyz`, which asks the dependencies. */
export function healthRoutes(sources: HealthSources): PublicRoute[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the process is alive.',
      replies: { 200: livenessView },
      handle: async () => ({ status: 200, body: sources.needed.live() }),
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'Whether it can take work, and how its dependencies are.',
      replies: { 200: readinessView, 503: readinessView },
      async handle() {
        const body = await readReadiness(sources);
        // It says how things are, whatever the status: no problem that somebody has.
        const headers = { 'Content-Type': 'application/json' };
        return { status: body.status === 'ok' ? 200 : 503, headers, body };
      },
    },
  ];
}
