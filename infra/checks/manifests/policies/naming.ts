import { type Base, findingsIn, nameOf, type Policy } from '../base.ts';
import type { Problem } from '../finding.ts';
import type { KubeObject } from '../kinds.ts';

/** Names, and the label by which everything of ours is found. The namespace is the kustomization's to say. */
export const objectsAreNamed: Policy = (base) =>
  base.manifests.flatMap((manifest) => findingsIn(manifest, namingProblems(manifest.object, base)));

function namingProblems(object: KubeObject, { manifests, kustomization, isBuilt }: Base): Problem[] {
  const { name, namespace, labels } = object.metadata ?? {};
  const same = manifests.filter((other) => nameOf(other.object) === nameOf(object));
  const isNamespace = object.kind === 'Namespace';
  return [
    ...(name === undefined ? [{ path: ['metadata', 'name'], says: 'is missing' }] : []),
    ...(same.length > 1 ? [{ path: ['metadata', 'name'], says: `is the name of ${same.length} objects` }] : []),
    ...(isBuilt || namespace === undefined
      ? []
      : [{ path: ['metadata', 'namespace'], says: 'is for kustomization.yaml to say' }]),
    ...(isBuilt && !isNamespace && namespace !== kustomization.namespace
      ? [{ path: ['metadata', 'namespace'], says: `must be ${kustomization.namespace}` }]
      : []),
    ...(isNamespace && name !== kustomization.namespace
      ? [{ path: ['metadata', 'name'], says: `must be ${kustomization.namespace}, the namespace of the rest` }]
      : []),
    ...(labels?.['app.kubernetes.io/name'] === 'flotilla'
      ? []
      : [{ path: ['metadata', 'labels', 'app.kubernetes.io/name'], says: 'must be flotilla' }]),
  ];
}
