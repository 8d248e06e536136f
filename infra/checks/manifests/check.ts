import type { Base, Manifest } from './base.ts';
import { checkTypes } from './check-types.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { readKustomization } from './kustomization.ts';
import { POLICIES } from './policies/policies.ts';
import { readDocuments } from './read-documents.ts';

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

  const manifests: Manifest[] = [];
  for (const { file, value } of documents.filter((document) => document !== list)) {
    const typed = checkTypes(value);
    if ('object' in typed) manifests.push({ file, object: typed.object });
    else findings.push(...typed.problems.map((problem) => ({ file, object: looseName(value), ...problem })));
  }
  const base: Base = { manifests, kustomization, facts };
  return findings.length > 0 ? findings : POLICIES.flatMap((policy) => policy(base));
}

/** The name of an object that may be anything. */
function looseName({ kind, metadata }: Record<string, unknown>): string {
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : '(no name)';
  return `${String(kind)}/${String(name)}`;
}
