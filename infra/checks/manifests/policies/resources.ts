import type { IContainer } from 'kubernetes-models/v1';
import { forWorkloads, type Policy } from '../base.ts';
import { environmentOf, variablesOf } from '../environment.ts';
import { workerBytes } from '../worker-memory.ts';
import { readQuantity } from './quantity.ts';

const KINDS = ['cpu', 'memory'] as const;

/** Without requests the scheduler overfills a node, without limits one pod takes it from the others. */
export const resourcesAreBounded: Policy = forWorkloads(({ containers }) =>
  containers.flatMap(({ path, container }) =>
    (['requests', 'limits'] as const).flatMap((side) =>
      KINDS.filter((kind) => container.resources?.[side]?.[kind] === undefined).map((kind) => ({
        path: [...path, 'resources', side, kind],
        says: 'is missing',
      })),
    ),
  ),
);

export const requestsFitLimits: Policy = forWorkloads(({ containers }) =>
  containers.flatMap(({ path, container }) =>
    KINDS.filter((kind) => !fits(container, kind)).map((kind) => ({
      path: [...path, 'resources', 'requests', kind],
      says: 'must be plainly written and not more than the limit',
    })),
  ),
);

const SLOTS = 'WORKER_SLOTS';

/** One process too large, and the kernel ends the whole pod, with every mission in its hands. */
export const scriptsFitIntoMemory: Policy = forWorkloads(({ containers }, base) =>
  containers.flatMap(({ path, container }) => {
    const { apps, scripts } = base.facts;
    const app = apps.find(({ main }) => container.command?.[1] === main);
    if (!app?.keys.has(SLOTS)) return [];
    const env = environmentOf(variablesOf(container, path, base), { optionalSecrets: true });
    const { cpu = 0, memory = 0 } = container.resources?.limits ?? {};
    const cpus = readQuantity(cpu);
    // Ten a processor, where nobody says how many.
    const needed = workerBytes({ slots: Number(env[SLOTS] ?? cpus * 10), cpus }, scripts);
    if (readQuantity(memory) >= needed) return [];
    const says = `must be ${Math.ceil(needed / 1e6)} MB or more, for its missions and their scripts (worker-memory.ts)`;
    return [{ path: [...path, 'resources', 'limits', 'memory'], says }];
  }),
);

function fits({ resources }: IContainer, kind: string): boolean {
  const request = resources?.requests?.[kind];
  const limit = resources?.limits?.[kind];
  return request === undefined || limit === undefined || readQuantity(request) <= readQuantity(limit);
}
