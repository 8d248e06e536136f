import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import type { Facts } from './facts.ts';
import type { Finding, Problem } from './finding.ts';
import type { KubeObject } from './kinds.ts';
import type { Kustomization } from './kustomization.ts';
import type { Path } from './unread-fields.ts';

/** An object of the right shape, and where it is written. */
export type Manifest = { file: string; object: KubeObject };

/** Everything a policy may look at. */
export type Base = {
  manifests: Manifest[];
  kustomization: Kustomization;
  facts: Facts;
  /** As kustomize makes it of a base and an overlay: namespace and image are written into every object. */
  isBuilt: boolean;
};

/** A rule of ours. */
export type Policy = (base: Base) => Finding[];

export type Labels = Readonly<Record<string, string>>;

/** What makes pods, of either kind. */
export type Workload = {
  manifest: Manifest;
  name: string;
  isDeployment: boolean;
  labels: Labels;
  pod: IPodSpec;
  containers: { path: Path; container: IContainer }[];
};

/** Where the pod is, in a Deployment and in a Job. */
export const POD: Path = ['spec', 'template', 'spec'];

/** Kind and name, as `kubectl` writes them. */
export function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata?.name ?? '(no name)'}`;
}

export function findingsIn({ file, object }: Manifest, problems: Problem[]): Finding[] {
  return problems.map((problem) => ({ file, object: nameOf(object), ...problem }));
}

export function workloadsOf({ manifests }: Pick<Base, 'manifests'>): Workload[] {
  return manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Deployment' && object.kind !== 'Job') return [];
    const template = object.spec?.template;
    const pod = template?.spec;
    if (!pod) return [];
    const lists = { initContainers: pod.initContainers ?? [], containers: pod.containers };
    return {
      manifest,
      name: object.metadata?.name ?? '',
      isDeployment: object.kind === 'Deployment',
      labels: template.metadata?.labels ?? {},
      pod,
      containers: Object.entries(lists).flatMap(([list, containers]) =>
        containers.map((container, index) => ({ path: [...POD, list, index], container })),
      ),
    };
  });
}

/** A policy about what makes pods. */
export function forWorkloads(judge: (workload: Workload, base: Base) => Problem[]): Policy {
  return (base) => workloadsOf(base).flatMap((workload) => findingsIn(workload.manifest, judge(workload, base)));
}

type Selector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

/** Whether a label selector means pods with these labels. An empty one means all. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (value !== undefined && values.includes(value)) === (operator === 'In');
    })
  );
}
