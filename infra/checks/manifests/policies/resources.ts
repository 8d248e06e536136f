import type { IContainer } from 'kubernetes-models/v1';
import { forWorkloads, type Policy } from '../base.ts';
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

function fits({ resources }: IContainer, kind: string): boolean {
  const request = resources?.requests?.[kind];
  const limit = resources?.limits?.[kind];
  return request === undefined || limit === undefined || readQuantity(request) <= readQuantity(limit);
}
