import { findingsIn, forWorkloads, POD, type Policy, selects, workloadsOf } from '../base.ts';
import type { Problem } from '../finding.ts';

/** A drained node must not take a whole app with it, nor be kept from being drained. */
export const drainIsBounded: Policy = forWorkloads(({ isDeployment, labels }, { manifests }) => {
  if (!isDeployment) return [];
  const budgets = manifests.filter(
    ({ object }) => object.kind === 'PodDisruptionBudget' && selects(object.spec?.selector ?? {}, labels),
  );
  return budgets.length === 1 ? [] : [{ path: [], says: `has ${budgets.length} PodDisruptionBudgets instead of one` }];
});

export const drainIsPossible: Policy = ({ manifests }) =>
  manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'PodDisruptionBudget') return [];
    const most = object.spec?.maxUnavailable;
    if (most !== undefined && Number.parseFloat(String(most)) > 0) return [];
    return findingsIn(manifest, [{ path: ['spec', 'maxUnavailable'], says: 'must be 1 or more' }]);
  });

/** A roll-out adds before it takes away. */
export const rollOutKeepsCapacity: Policy = ({ manifests }) =>
  manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Deployment') return [];
    const { type, rollingUpdate } = object.spec?.strategy ?? {};
    if (type === 'RollingUpdate' && rollingUpdate?.maxUnavailable === 0) return [];
    return findingsIn(manifest, [{ path: ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], says: 'must be 0' }]);
  });

const TOPOLOGIES = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];

/** Not forced: one node left is a reason to run there, not to stop. */
export const podsAreSpread: Policy = forWorkloads(({ isDeployment, labels, pod }) => {
  if (!isDeployment) return [];
  const constraints = pod.topologySpreadConstraints ?? [];
  const path = [...POD, 'topologySpreadConstraints'];
  return [
    ...TOPOLOGIES.filter((key) => !constraints.some(({ topologyKey }) => topologyKey === key)).map((key) => ({
      path,
      says: `must spread over ${key}`,
    })),
    ...constraints.flatMap(({ labelSelector, whenUnsatisfiable }, index): Problem[] => [
      ...(labelSelector && selects(labelSelector, labels)
        ? []
        : [{ path: [...path, index, 'labelSelector'], says: 'does not select its own pods' }]),
      ...(whenUnsatisfiable === 'ScheduleAnyway'
        ? []
        : [{ path: [...path, index, 'whenUnsatisfiable'], says: 'must be ScheduleAnyway' }]),
    ]),
  ];
});

/** A selector that means the pods of two Deployments makes them delete each other's. */
export const selectorsAreExclusive: Policy = (base) =>
  base.manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Deployment' && object.kind !== 'Service') return [];
    const selector =
      object.kind === 'Deployment' ? object.spec?.selector : { matchLabels: object.spec?.selector ?? {} };
    const selected = workloadsOf(base).filter(({ labels }) => selects(selector ?? {}, labels));
    const isOwn = object.kind === 'Service' || selected[0]?.manifest === manifest;
    if (selected.length === 1 && isOwn) return [];
    const names = selected.map(({ name }) => name).join(', ') || 'none';
    return findingsIn(manifest, [
      { path: ['spec', 'selector'], says: `must mean the pods of one app; it means ${names}` },
    ]);
  });

export const servicePortIsOpen: Policy = (base) =>
  base.manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Service') return [];
    const behind = workloadsOf(base).filter(({ labels }) =>
      selects({ matchLabels: object.spec?.selector ?? {} }, labels),
    );
    const open = behind.flatMap(({ containers }) => containers.flatMap(({ container }) => container.ports ?? []));
    const problems = (object.spec?.ports ?? []).flatMap(({ port, targetPort = port }, index) =>
      open.some(({ name, containerPort }) => name === targetPort || containerPort === targetPort)
        ? []
        : [{ path: ['spec', 'ports', index, 'targetPort'], says: `${targetPort} is no port of the pods behind it` }],
    );
    return findingsIn(manifest, problems);
  });
