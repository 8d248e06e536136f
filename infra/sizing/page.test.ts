import { cpSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectionsOf, readDeployed } from './deployed.ts';
import { RECORDED, withResults } from './measured.ts';
import { scalingPage } from './page.ts';
import { costsOf, sizeOf } from './size.ts';

const ROOT = join(import.meta.dirname, '../..');
const basis = { measured: RECORDED, deployed: readDeployed(ROOT) };
const AGENTS = { name: '', calls: 8, callSeconds: 5 };
const SHORT = { name: '', calls: 2, callSeconds: 1 };

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

it('docs/scaling.md is what the measured figures and the manifests come to', () => {
  expect(textOf('docs/scaling.md')).toBe(scalingPage(basis));
});

it('ten times the workers do ten times the work, and need ten times the stores', () => {
  const [some, more] = [sizeOf(basis, 100, AGENTS), sizeOf(basis, 1_000, AGENTS)];
  expect(more.missionsPerSecond).toBeCloseTo(10 * some.missionsPerSecond);
  expect(more.postgresCores).toBeCloseTo(10 * some.postgresCores);
  expect(some.missionsPerSecond).toBe(125);
});

it('counts on an api pod for as much as lets its autoscaler add another: a share of what it requests', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-sizing-'));
  for (const path of ['k8s', 'infra/pgbouncer']) cpSync(join(ROOT, path), join(folder.path, path), { recursive: true });
  const deployment = join(folder.path, 'k8s/base/api/deployment.yaml');
  const text = readFileSync(deployment, 'utf8');
  expect(text).toContain('cpu: 250m');
  expect(basis.deployed.api.cores).toBeCloseTo(0.175);
  writeFileSync(deployment, text.replace('cpu: 250m', 'cpu: 100m'));
  expect(readDeployed(folder.path).api.cores).toBeCloseTo(0.07);
  // The limit is nothing to it.
  writeFileSync(deployment, text.replace('cpu: 500m', 'cpu: "4"'));
  expect(readDeployed(folder.path).api.cores).toBeCloseTo(0.175);
  const { missionsPerSecond, apiPods } = sizeOf(basis, 1_000, SHORT);
  expect(apiPods).toBe(Math.ceil((missionsPerSecond * RECORDED.processor.apiMs) / 1_000 / 0.175));
});

it('says of missions of the measured lengths what was measured, and counts what each has once', () => {
  const { short, long } = RECORDED.costs;
  for (const costs of [short, long]) {
    const computed = costsOf(RECORDED, costs.calls);
    for (const [name, value] of Object.entries(costs)) expect(Reflect.get(computed, name)).toBeCloseTo(value);
  }
  // Half the calls are more than half the cost.
  expect(costsOf(RECORDED, 4).redisCommands).toBeGreaterThan(costsOf(RECORDED, 8).redisCommands / 2);
  expect(costsOf(RECORDED, 4).walBytes).toBeGreaterThan(costsOf(RECORDED, 8).walBytes / 2);
  const { eventsPerDay, missionsPerSecond } = sizeOf(basis, 10, AGENTS);
  expect(eventsPerDay / 86_400 / missionsPerSecond).toBeCloseTo(costsOf(RECORDED, 8).events);
});

it('counts as many connections as the check of the overlays, for which one PgBouncer is enough', () => {
  const [, said] = /^\| `overlays\/production` \|.*\| (\d+) \|$/m.exec(textOf('k8s/README.md')) ?? [];
  const MIGRATE = 1;
  // 100 workers of the pool default, 20 of bulk.
  const most = { workers: 120, apiPods: basis.deployed.api.podsMax };
  expect(connectionsOf(basis.deployed, most) + MIGRATE).toBe(Number(said));
  expect(sizeOf(basis, 100, AGENTS).poolers).toBe(1);
});

it('takes what was measured since, all of a group or none of it, and else what is recorded with its day', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-results-'));
  expect(withResults(RECORDED, folder.path)).toEqual(RECORDED);
  const line = (name: string, value: number | null, backend = 'redis') => ({ name, backend, value, unit: '' });
  const time = (whose: string, ms: number) => line(`processor time of a mission of 3 steps, ${whose}`, ms);
  writeFileSync(
    join(folder.path, 'bench.json'),
    JSON.stringify([
      ...['api', 'worker', 'postgres', 'redis'].map((whose, index) => time(whose, index + 1)),
      line('transactions of an idle worker', 9),
      line('processor of an idle worker', null),
      line('events of a mission of 1 calls', 9),
    ]),
  );
  writeFileSync(
    join(folder.path, 'autoscale.json'),
    JSON.stringify({ lines: ['nothing lost', 'a worker: 1 MB when ready, 2 MB at most'] }),
  );
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
  expect(withResults(RECORDED, folder.path)).toEqual({
    ...RECORDED,
    processor: { at, calls: 4, apiMs: 1, workerMs: 2, postgresMs: 3, redisMs: 4 },
    worker: { at, readyBytes: 1e6, mostBytes: 2e6 },
  });
});
