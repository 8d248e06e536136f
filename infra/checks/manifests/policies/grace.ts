import { type Base, forWorkloads, type Labels, POD, type Policy, selects } from '../base.ts';

/** After the cut-off a process still writes its last log lines. */
const LEAVE_SECONDS = 2;
/** Endpoints reach the last proxy some seconds after the pod was told to go. */
const ENDPOINTS_LAG_SECONDS = 5;

/** Killed in the middle of its drain, a worker's missions wait for the lease to run out, and calls are made again. */
export const graceFitsTheCode: Policy = forWorkloads(({ pod, containers }, { facts }) => {
  const given = pod.terminationGracePeriodSeconds ?? 30;
  return containers.flatMap(({ container }) => {
    const app = facts.apps.find(({ main }) => container.command?.includes(main));
    if (app?.stopGraceMs === undefined) return [];
    const sleep = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const needed = sleep + Math.ceil(app.stopGraceMs / 1_000) + LEAVE_SECONDS;
    if (given >= needed) return [];
    const parts = `preStop ${sleep} s, stopping ${app.stopGraceMs / 1_000} s, last words ${LEAVE_SECONDS} s`;
    return [
      { path: [...POD, 'terminationGracePeriodSeconds'], says: `must be ${needed} or more, not ${given}: ${parts}` },
    ];
  });
});

/** Through the kubelet, not `sleep` in the image: that would need a shell there. Only for what a Service leads to. */
export const serverOutlastsItsEndpoints: Policy = forWorkloads(({ labels, containers }, base) =>
  (isServed(labels, base) ? containers : [])
    .filter(({ container }) => (container.lifecycle?.preStop?.sleep?.seconds ?? 0) < ENDPOINTS_LAG_SECONDS)
    .map(({ path }) => ({
      path: [...path, 'lifecycle', 'preStop', 'sleep', 'seconds'],
      says: `must be ${ENDPOINTS_LAG_SECONDS} or more: requests still arrive for so long`,
    })),
);

function isServed(labels: Labels, { manifests }: Base): boolean {
  return manifests.some(
    ({ object }) => object.kind === 'Service' && selects({ matchLabels: object.spec?.selector ?? {} }, labels),
  );
}
