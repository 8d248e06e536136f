import { findingsIn, forWorkloads, POD, type Policy } from '../base.ts';

/** Nothing of ours talks to the Kubernetes API: a token would only wait to be stolen. */
export const podHasNoToken: Policy = forWorkloads(({ pod }) =>
  pod.automountServiceAccountToken === false
    ? []
    : [{ path: [...POD, 'automountServiceAccountToken'], says: 'must be false' }],
);

export const accountHasNoToken: Policy = ({ manifests }) =>
  manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'ServiceAccount' || object.automountServiceAccountToken === false) return [];
    return findingsIn(manifest, [{ path: ['automountServiceAccountToken'], says: 'must be false' }]);
  });

/** The namespace's default account is everybody's; what it may do one day, these pods could. */
export const podHasItsOwnAccount: Policy = forWorkloads(({ pod, name }, { manifests }) => {
  const isThere = manifests.some(({ object }) => object.kind === 'ServiceAccount' && object.metadata?.name === name);
  if (pod.serviceAccountName === name && isThere) return [];
  return [
    { path: [...POD, 'serviceAccountName'], says: `must be ${name}, and a ServiceAccount of that name be there` },
  ];
});
