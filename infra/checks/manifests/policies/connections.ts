import { type Base, findingsIn, type Manifest, type Policy, workloadsOf } from '../base.ts';
import { environmentOf, variablesOf } from '../environment.ts';
import { podsAtMost, scalersOf } from '../scalers.ts';

/** What PgBouncer in transaction mode carries for us; more have to queue for a place, or are refused. */
const CONNECTIONS_MAX = 1_000;

/** All pods together, as many as the scalers may make of them, at the height of a roll-out, those that still drain too. */
export const connectionsFit: Policy = (base) => {
  const uses = usesOf(base);
  const total = uses.reduce((sum, { connections }) => sum + connections, 0);
  const [largest] = uses.toSorted((a, b) => b.connections - a.connections);
  if (total <= CONNECTIONS_MAX || !largest) return [];
  const says = `all pods together hold ${total} connections, these ${largest.connections}; at most ${CONNECTIONS_MAX}`;
  return findingsIn(largest.manifest, [{ path: ['spec', 'replicas'], says }]);
};

/**
 * What each workload holds of Postgres when there are as many pods of it as there may be: through `DATABASE_URL`, and for
 * a queue on Postgres past it.
 */
export function usesOf(base: Base): { manifest: Manifest; connections: number }[] {
  const scalers = scalersOf(base);
  return workloadsOf(base).flatMap((workload) =>
    workload.containers.map(({ path, container }) => {
      const app = base.facts.apps.find(({ main }) => container.command?.[1] === main);
      const env = environmentOf(variablesOf(container, path, base), { optionalSecrets: true });
      const isFit = app !== undefined && app.faultsOf(env).length === 0;
      const ofPod = isFit ? app.poolSizeOf(env) + app.queueConnectionsOf(env) : 0;
      return { manifest: workload.manifest, connections: podsAtMost(workload.manifest, scalers) * ofPod };
    }),
  );
}
