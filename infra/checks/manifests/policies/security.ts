import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { findingsIn, forWorkloads, POD, type Policy } from '../base.ts';
import type { Problem } from '../finding.ts';

/** Below are the users that images bring along. */
const FIRST_PLAIN_USER = 1_000;

/** `runAsNonRoot` alone cannot be decided for an image whose user is a name, and the pod would not start. */
export const runsAsPlainUser: Policy = forWorkloads(({ pod, containers }) =>
  containers.flatMap(({ path, container }): Problem[] => {
    const own = container.securityContext;
    const nonRoot = own?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
    const user = own?.runAsUser ?? pod.securityContext?.runAsUser ?? 0;
    return [
      ...(nonRoot === true ? [] : [{ path: [...path, 'securityContext', 'runAsNonRoot'], says: 'must be true' }]),
      ...(user >= FIRST_PLAIN_USER
        ? []
        : [
            {
              path: [...path, 'securityContext', 'runAsUser'],
              says: `must be ${FIRST_PLAIN_USER} or more, not ${user}`,
            },
          ]),
    ];
  }),
);

export const writesNoFiles: Policy = forWorkloads(({ containers }) =>
  containers
    .filter(({ container }) => container.securityContext?.readOnlyRootFilesystem !== true)
    .map(({ path }) => ({ path: [...path, 'securityContext', 'readOnlyRootFilesystem'], says: 'must be true' })),
);

export const gainsNothing: Policy = forWorkloads(({ containers }) =>
  containers.flatMap(({ path, container }) =>
    powersOf(container).map((name) => refuse([...path, 'securityContext', name])),
  ),
);

function powersOf({ securityContext = {} }: IContainer): string[] {
  const { privileged, allowPrivilegeEscalation, capabilities } = securityContext;
  const dropsAll = capabilities?.drop?.includes('ALL') === true && (capabilities.add ?? []).length === 0;
  return [
    ...(privileged === true ? ['privileged'] : []),
    ...(allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation']),
    ...(dropsAll ? [] : ['capabilities']),
  ];
}

const SAYS: Readonly<Record<string, string>> = {
  privileged: 'must not be true',
  allowPrivilegeEscalation: 'must be false',
  capabilities: 'must drop ALL and add none',
};

function refuse(path: (string | number)[]): Problem {
  return { path, says: SAYS[String(path.at(-1))] ?? 'must not be' };
}

export const filtersSystemCalls: Policy = forWorkloads(({ pod, containers }) =>
  containers
    .filter(({ container }) => {
      const profile = container.securityContext?.seccompProfile ?? pod.securityContext?.seccompProfile;
      return profile?.type !== 'RuntimeDefault';
    })
    .map(({ path }) => ({
      path: [...path, 'securityContext', 'seccompProfile', 'type'],
      says: 'must be RuntimeDefault',
    })),
);

/** What would let a pod out into its node. */
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'] as const satisfies (keyof IPodSpec)[];

export const staysOffTheNode: Policy = forWorkloads(({ pod, containers }) => [
  ...HOST_FIELDS.filter((name) => pod[name] === true).map((name) => ({
    path: [...POD, name],
    says: 'must not be true',
  })),
  ...(pod.volumes ?? []).flatMap(({ hostPath }, index) =>
    hostPath ? [{ path: [...POD, 'volumes', index, 'hostPath'], says: 'must not be used' }] : [],
  ),
  ...containers.flatMap(({ path, container }) =>
    (container.ports ?? []).flatMap(({ hostPort }, index) =>
      hostPort === undefined ? [] : [{ path: [...path, 'ports', index, 'hostPort'], says: 'must not be used' }],
    ),
  ),
]);

/** The cluster's own admission check, for whatever is put into the namespace by hand. */
export const namespaceIsRestricted: Policy = ({ manifests }) =>
  manifests.flatMap((manifest) => {
    const { kind, metadata } = manifest.object;
    const label = 'pod-security.kubernetes.io/enforce';
    if (kind !== 'Namespace' || metadata?.labels?.[label] === 'restricted') return [];
    return findingsIn(manifest, [{ path: ['metadata', 'labels', label], says: 'must be restricted' }]);
  });
