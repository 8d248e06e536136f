import { forWorkloads, type Policy } from '../base.ts';
import type { Problem } from '../finding.ts';

const COMPONENT = 'app.kubernetes.io/component';

/**
 * Sent together with the pods that need it, a migration that waits for a table would be overtaken by them. k8s/README.md
 * sends each Job first, by its label, with all that it runs with, and waits for its end.
 */
export const jobsGoFirst: Policy = forWorkloads(({ manifest, name, isDeployment, pod }, { manifests, facts }) => {
  if (isDeployment) return [];
  const component = manifest.object.metadata?.labels?.[COMPONENT];
  const account = manifests.find(
    ({ object }) => object.kind === 'ServiceAccount' && object.metadata?.name === pod.serviceAccountName,
  );
  const steps = [`-l ${COMPONENT}=${component}\n`, '--for=condition=complete', ` job/${name}\n`, 'kubectl apply -k'];
  const path = ['metadata', 'labels', COMPONENT];
  const problems: Problem[] = [];
  if (!areInOrder(facts.readme, steps)) problems.push({ path, says: 'k8s/README.md must apply it first, and wait' });
  if (account?.object.metadata?.labels?.[COMPONENT] !== component) {
    problems.push({ path, says: 'must be that of its ServiceAccount, so that both are applied by it' });
  }
  return problems;
});

function areInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}
