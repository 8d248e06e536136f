import type { IContainer, IProbe } from 'kubernetes-models/v1';
import { type Base, forWorkloads, type Labels, type Policy, selects } from '../base.ts';
import type { Problem } from '../finding.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
type ProbeName = (typeof PROBES)[number];

/** Liveness that asked a dependency would restart every pod when the database is away, which helps nobody. */
const PATHS: Readonly<Record<ProbeName, string>> = {
  startupProbe: '/healthz',
  livenessProbe: '/healthz',
  readinessProbe: '/readyz',
};

/** Past this a process that hangs is noticed too late; below it a full collection of garbage restarts a good one. */
const HANG_SECONDS = { min: 15, max: 60 };

export const serverIsProbed: Policy = forWorkloads(({ containers }) =>
  containers
    .filter(({ container }) => isServer(container))
    .flatMap(({ path, container }) =>
      PROBES.flatMap((name): Problem[] => {
        const probe = container[name];
        if (!probe) return [{ path: [...path, name], says: 'is missing' }];
        const asked = probe.httpGet?.path;
        if (asked === PATHS[name]) return [];
        return [{ path: [...path, name, 'httpGet', 'path'], says: `must be ${PATHS[name]}, not ${asked}` }];
      }),
    ),
);

/** The kernel answers a TCP probe, a new process an exec probe; both say nothing of the event loop. */
export const probesAskTheProcess: Policy = forWorkloads(({ containers }) =>
  containers.flatMap(({ path, container }) =>
    PROBES.flatMap((name): Problem[] => {
      const probe = container[name];
      if (!probe) return [];
      if (!probe.httpGet) return [{ path: [...path, name], says: 'must be an httpGet on a port of its own' }];
      return hasPort(container, probe.httpGet.port)
        ? []
        : [{ path: [...path, name, 'httpGet', 'port'], says: `${probe.httpGet.port} is no port of this container` }];
    }),
  ),
);

/** Asked as long as the process lives. */
const LASTING = ['livenessProbe', 'readinessProbe'] as const satisfies ProbeName[];

/**
 * Clients may have all the connections that their port takes. A kubelet that is turned away there restarts the process, or
 * takes it from the others, which have its clients next.
 */
export const lastingProbesAreApart: Policy = forWorkloads(({ labels, containers }, base) => {
  const published = publishedPorts(labels, base);
  return containers.flatMap(({ path, container }) =>
    LASTING.flatMap((name): Problem[] => {
      const port = container[name]?.httpGet?.port;
      const spellings = (container.ports ?? []).flatMap(({ name: word, containerPort: number }) =>
        word === port || number === port ? [word, number] : [],
      );
      if (!spellings.some((one) => published.has(one))) return [];
      return [{ path: [...path, name, 'httpGet', 'port'], says: `${port} is open to clients, who may have all of it` }];
    }),
  );
});

/** What Services call the ports of these pods, by name or number. */
function publishedPorts(labels: Labels, { manifests }: Base): Set<unknown> {
  const services = manifests.flatMap(({ object }) =>
    object.kind === 'Service' && selects({ matchLabels: object.spec?.selector ?? {} }, labels) ? [object] : [],
  );
  return new Set(services.flatMap(({ spec }) => (spec?.ports ?? []).map(({ port, targetPort = port }) => targetPort)));
}

export const livenessIsPatient: Policy = forWorkloads(({ containers }) =>
  containers.flatMap(({ path, container }) => {
    if (!container.livenessProbe) return [];
    const seconds = patienceSeconds(container.livenessProbe);
    if (seconds >= HANG_SECONDS.min && seconds <= HANG_SECONDS.max) return [];
    const says = `restarts after ${seconds} s without an answer; must be ${HANG_SECONDS.min} to ${HANG_SECONDS.max} s`;
    return [{ path: [...path, 'livenessProbe'], says }];
  }),
);

function isServer({ ports = [] }: IContainer): boolean {
  return ports.length > 0;
}

function hasPort({ ports = [] }: IContainer, wanted: string | number): boolean {
  return ports.some(({ name, containerPort }) => name === wanted || containerPort === wanted);
}

function patienceSeconds({ periodSeconds = 10, failureThreshold = 3 }: IProbe): number {
  return periodSeconds * failureThreshold;
}
