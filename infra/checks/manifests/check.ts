import type { Base, Manifest } from './base.ts';
import { checkTypes } from './check-types.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { type Kustomization, readKustomization } from './kustomization.ts';
import { POLICIES } from './policies/policies.ts';
import { type Document, readBuilt, readDocuments } from './read-documents.ts';

const KUSTOMIZATION = /(?:^|\/)kustomization\.yaml$/;

/**
 * Everything that is wrong with a kustomize base: what its kustomization lists, the shape of every object, and our own
 * policies. They judge only a base whose objects have the right shape: on others they would talk nonsense.
 * @param files texts of all its files by path
 */
export function checkBase(files: ReadonlyMap<string, string>, facts: Facts): Finding[] {
  const { documents, findings } = readDocuments(files);
  const list = documents.find(({ file }) => KUSTOMIZATION.test(file));
  if (!list) return [...findings, { file: '.', object: '(base)', path: [], says: 'there is no kustomization.yaml' }];
  const { kustomization, problems } = readKustomization(list, [...files.keys()]);
  findings.push(...problems.map((problem) => ({ file: list.file, object: 'Kustomization', ...problem })));
  const objects = typeObjects(documents.filter((document) => document !== list));
  findings.push(...objects.findings);
  return findings.length > 0 ? findings : judge({ ...objects, kustomization, facts, isBuilt: false });
}

/**
 * The same for what kustomize has built of an overlay.
 * @param overlay.folder named as the place of all findings
 */
export function checkBuilt(overlay: { folder: string; text: string }, facts: Facts): Finding[] {
  const { folder } = overlay;
  const { documents, findings } = readBuilt(overlay);
  const objects = typeObjects(documents);
  findings.push(...objects.findings);
  const built = builtBase({ folder, manifests: objects.manifests, facts });
  return findings.length > 0 ? findings : judge(built);
}

/** What the policies see of an overlay. */
export function builtBase({ folder, manifests, facts }: { folder: string; manifests: Manifest[]; facts: Facts }): Base {
  const namespace = manifests.find(({ object }) => object.kind === 'Namespace')?.object.metadata?.name ?? '';
  const kustomization: Kustomization = { file: folder, namespace, images: [] };
  return { manifests, kustomization, facts, isBuilt: true };
}

function judge(base: Base): Finding[] {
  return POLICIES.flatMap((policy) => policy(base));
}

/** The objects of the right shape, and what is wrong with the others. */
export function typeObjects(documents: readonly Document[]): { manifests: Manifest[]; findings: Finding[] } {
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  for (const { file, value } of documents) {
    const typed = checkTypes(value);
    if ('object' in typed) manifests.push({ file, object: typed.object });
    else findings.push(...typed.problems.map((problem) => ({ file, object: looseName(value), ...problem })));
  }
  return { manifests, findings };
}

/** The name of an object that may be anything. */
function looseName({ kind, metadata }: Record<string, unknown>): string {
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : '(no name)';
  return `${String(kind)}/${String(name)}`;
}
