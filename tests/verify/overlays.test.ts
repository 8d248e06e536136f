import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { findKubectls, type Kubectl } from './kubectls.ts';
import { BUILT_MISTAKES, type BuiltMistake } from './manifests/built-mistakes.ts';

const ROOT = join(import.meta.dirname, '../..');
const OVERLAYS = ['dev', 'production', 'production-keda', 'postgres-only'] as const;
type Overlay = (typeof OVERLAYS)[number];
const PAGE = readFileSync(join(ROOT, 'k8s/README.md'), 'utf8');
/** The last column of its table: connections to Postgres or PgBouncer. */
const LISTED = new Map(
  [...PAGE.matchAll(/^\| `overlays\/([\w-]+)` \|.* (\d+) \|$/gm)].map(([, name, connections]) => [name, connections]),
);
/** Postgres' own `superuser_reserved_connections`. */
const KEPT_FOR_SUPERUSER = 3;
type Made = { kind: string; metadata: { name: string }; spec?: Record<string, unknown> };

const KUBECTLS = await findKubectls();
const [newest] = KUBECTLS;
if (!newest) throw new Error('there is no kubectl');
// Which ones a run had is part of what it proves.
process.stdout.write(`overlays are built with kubectl ${KUBECTLS.map(({ version }) => version).join(' and ')}\n`);
const built = new Map(OVERLAYS.map((name) => [name, build(name, newest)]));

function build(name: Overlay, { path }: Kubectl): Made[] {
  const text = execFileSync(path, ['kustomize', join(ROOT, 'k8s/overlays', name)], { encoding: 'utf8', stdio: 'pipe' });
  return parseAllDocuments(text).map((document): Made => document.toJS());
}

/** A copy of its own, to be changed. */
function objectsOf(overlay: Overlay): Made[] {
  return structuredClone(built.get(overlay) ?? []);
}

/** What the check says of overlays, or of files that were built of them. */
function check(paths: readonly string[], kubectl: Kubectl | undefined = newest) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['infra/checks/manifests/check-overlays.ts', ...paths],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, KUBECTL: kubectl?.path } },
  );
  return { code: status, counts: stdout, said: stderr.split('\n') };
}

function plant({ overlay, object, at, isNew, to }: BuiltMistake): Made[] {
  const objects = objectsOf(overlay);
  const index = objects.findIndex(({ kind, metadata }) => `${kind}/${metadata.name}` === object);
  if (index === -1) throw new Error(`${overlay} has no ${object}`);
  if (at.length === 0) return objects.toSpliced(index, 1);
  let inner: unknown = objects[index];
  for (const part of at.slice(0, -1)) inner = Reflect.get(Object(inner), part);
  const last = at.at(-1) ?? '';
  const holder = Object(inner);
  if (Reflect.has(holder, last) === (isNew === true)) throw new Error(`${object} is not as this mistake expects`);
  if (to === undefined) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, to);
  return objects;
}

/** Each change in a file of its own, all judged in one go, and an overlay with a file too many. */
function checkMistakes() {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-overlays-'));
  const files = BUILT_MISTAKES.map((mistake, index) => {
    const path = join(folder.path, `${index}.yaml`);
    writeFileSync(
      path,
      plant(mistake)
        .map((object) => stringify(object))
        .join('---\n'),
    );
    return path;
  });
  cpSync(join(ROOT, 'k8s'), join(folder.path, 'k8s'), { recursive: true });
  writeFileSync(join(folder.path, 'k8s/overlays/dev/forgotten.yaml'), 'kind: ConfigMap\n');
  const { said } = check([...files, join(folder.path, 'k8s/overlays/dev')]);
  const saidOf = (path: string) => said.filter((line) => line.startsWith(`${path}:`));
  return {
    byMistake: new Map(BUILT_MISTAKES.map(({ what }, index) => [what, saidOf(files[index] ?? '')])),
    forgotten: saidOf(join(folder.path, 'k8s/overlays/dev')),
  };
}

const { byMistake, forgotten } = checkMistakes();

it.each(KUBECTLS)(
  'kubectl $version builds every overlay, none has a problem, and all pods together have the connections that the page says',
  (kubectl) => {
    const { code, counts, said } = check(
      OVERLAYS.map((name) => `k8s/overlays/${name}`),
      kubectl,
    );
    expect(said).toEqual(['']);
    expect(counts.trim().split('\n')).toEqual(
      OVERLAYS.map((name) => `k8s/overlays/${name}: 0 problems, at most ${LISTED.get(name)} connections`),
    );
    expect(code).toBe(0);
  },
);

it.each(KUBECTLS.slice(1))('kubectl $version makes the same objects of every overlay as the newest', (kubectl) => {
  for (const name of OVERLAYS) {
    const inOrder = (objects: Made[]) =>
      objects.toSorted((a, b) => `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`));
    expect(inOrder(build(name, kubectl))).toEqual(inOrder(objectsOf(name)));
  }
});

it('what Postgres is to be given by the page has room for all that come to it without a pooler', () => {
  const [, most] = /`max_connections = (\d+)`/.exec(PAGE) ?? [];
  expect(Number(most)).toBeGreaterThanOrEqual(Number(LISTED.get('postgres-only')) + KEPT_FOR_SUPERUSER);
});

it('a file that no kustomization lists is told of', () => {
  expect(forgotten).toEqual([expect.stringContaining('forgotten.yaml is there but not listed')]);
});

describe('a built overlay: refuses', () => {
  it.each(BUILT_MISTAKES)('$what', ({ what, says }) => {
    expect(byMistake.get(what)).toContainEqual(expect.stringContaining(says));
  });
});

describe('production', () => {
  const scalers = [...objectsOf('production'), ...objectsOf('production-keda')].filter(
    ({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject',
  );

  it('scales the API from 3 to 50 and the default pool from 10 to 100, by either way', () => {
    expect(scalers.map(({ kind, metadata, spec }) => [kind, metadata.name, rangeOf(spec)])).toEqual(
      expect.arrayContaining([
        ['HorizontalPodAutoscaler', 'api', [3, 50]],
        ['HorizontalPodAutoscaler', 'worker', [10, 100]],
        ['ScaledObject', 'worker', [10, 100]],
      ]),
    );
  });

  it('runs the workers of every pool alike', () => {
    const [first, second] = ['worker', 'worker-bulk'].map((name) => {
      const found = objectsOf('production').find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
      );
      return JSON.stringify(found)
        .replace(',{"configMapRef":{"name":"worker-bulk-config"}}', '')
        .replaceAll('worker-bulk', 'worker')
        .replaceAll('"flotilla/pool":"bulk"', '"flotilla/pool":"default"');
    });
    expect(second).toBe(first);
  });
});

function rangeOf(spec: Record<string, unknown> = {}): unknown[] {
  return [spec['minReplicas'] ?? spec['minReplicaCount'], spec['maxReplicas'] ?? spec['maxReplicaCount']];
}
