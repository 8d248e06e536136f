import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkFolders } from './check-folders.ts';
import type { Facts } from './facts.ts';

const FACTS: Facts = {
  apps: [],
  readme: '',
  hasFile: () => true,
  metrics: new Set(),
  adapterSeries: new Map(),
  scripts: {
    javascriptBytes: 0,
    shellBytes: 0,
    pythonBytes: 0,
    childrenAtLeast: 0,
    pythonsAtOnce: 0,
    sparePythonBytes: 0,
  },
};

function check(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-manifests-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return checkFolders([folder], FACTS).map((line) => line.replace(`${folder}/`, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('does not take an empty folder for a good one', () => {
  expect(check({})).toEqual(['.: (base): there is no kustomization.yaml']);
});

it('holds the list of files to those that are there', () => {
  const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n';
  expect(check({ 'kustomization.yaml': 'namespace: here\nresources: [b.yaml]\n', 'a.yaml': account })).toEqual([
    'kustomization.yaml: Kustomization: resources[0]: there is no file b.yaml',
    'kustomization.yaml: Kustomization: resources: a.yaml is there but not listed, and nobody would apply it',
  ]);
});

it('names file, object and path of what has the wrong shape, and goes no further', () => {
  const kustomization = 'namespace: here\nresources: [deep/account.yaml]\n';
  const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, label: {b: c}, generation: "1"}\n';
  expect(check({ 'kustomization.yaml': kustomization, 'deep/account.yaml': account })).toEqual([
    'deep/account.yaml: ServiceAccount/a: metadata.generation: must be of type integer',
    'deep/account.yaml: ServiceAccount/a: metadata.label: the API has no such field',
  ]);
});

it('holds a base of the right shape to our policies', () => {
  const kustomization = 'namespace: here\nresources: [account.yml]\n';
  const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n';
  expect(check({ 'kustomization.yaml': kustomization, 'account.yml': account })).toEqual([
    'account.yml: ServiceAccount/a: metadata.labels.app.kubernetes.io/name: must be flotilla',
    'account.yml: ServiceAccount/a: automountServiceAccountToken: must be false',
    expect.stringContaining('kustomization.yaml: Kustomization: resources: nothing denies all traffic'),
  ]);
});
