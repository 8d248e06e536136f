import { findingsIn, type Policy } from '../base.ts';
import type { Problem } from '../finding.ts';

/** What containers call the port of metrics and `/admin`. */
const OPS = 'ops';

/** A Service would hand the operators' port to every client of the API. */
export const opsIsNotPublished: Policy = (base) =>
  base.manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Service') return [];
    const numbers = portsOf(base);
    const problems = (object.spec?.ports ?? []).flatMap(({ port, targetPort = port }, index): Problem[] =>
      targetPort === OPS || numbers.has(targetPort)
        ? [{ path: ['spec', 'ports', index, 'targetPort'], says: 'publishes the operators’ port' }]
        : [],
    );
    return findingsIn(manifest, problems);
  });

/** Whoever may reach it is named by a namespace or a label, never by its absence. */
export const opsIsForNamedPods: Policy = (base) =>
  base.manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'NetworkPolicy') return [];
    const numbers = portsOf(base);
    const problems = (object.spec?.ingress ?? []).flatMap(({ ports, from = [] }, index): Problem[] => {
      const isOpened = ports === undefined || ports.some(({ port }) => port === OPS || numbers.has(port));
      const isNamed = from.length > 0 && from.every(({ ipBlock, ...selectors }) => !ipBlock && isNarrow(selectors));
      return isOpened && !isNamed
        ? [{ path: ['spec', 'ingress', index, 'from'], says: 'opens the operators’ port to whoever is there' }]
        : [];
    });
    return findingsIn(manifest, problems);
  });

function portsOf({ manifests }: Parameters<Policy>[0]): Set<unknown> {
  const containers = manifests.flatMap(({ object }) =>
    object.kind === 'Deployment' ? (object.spec?.template.spec?.containers ?? []) : [],
  );
  const ports = containers.flatMap((container) => container.ports ?? []);
  return new Set(ports.filter(({ name }) => name === OPS).map(({ containerPort }) => containerPort));
}

type Selectors = { namespaceSelector?: { matchLabels?: object }; podSelector?: { matchLabels?: object } };

/** An empty selector means all. */
function isNarrow({ namespaceSelector, podSelector }: Selectors): boolean {
  return [namespaceSelector, podSelector].some((selector) => Object.keys(selector?.matchLabels ?? {}).length > 0);
}
