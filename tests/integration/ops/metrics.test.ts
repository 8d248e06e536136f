import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../e2e/fleet.ts';
import { type TestProcess, waitFor } from '../../harness/index.ts';
import { documented } from '../../verify/exposed-metrics.ts';
import { readsOf } from '../../verify/promql/selectors.ts';
import { rules, watched } from '../../verify/watched.ts';
import { ADMIN_KEY, callOps } from './call-ops.ts';
import { opsUrlOf } from './ops.ts';
import { type Scrape, scrape } from './scrape.ts';

const COUNT = 6;
const QUICK = { goal: 'x', model: 'sim/load', modelOptions: { steps: 3 } };
const SLOW = { goal: 'x', model: 'sim/load', modelOptions: { steps: 1, latencyMs: 60_000 } };

let fleet: Fleet;
let worker: TestProcess;
let apiUrl: string;

beforeAll(async () => {
  fleet = await startFleet('redis', { OPS_PORT: '0', FLOTILLA_ADMIN_KEY: ADMIN_KEY });
  worker = await fleet.startWorker();
  apiUrl = await opsUrlOf(fleet.api);
});

afterAll(() => fleet[Symbol.asyncDispose]());

async function scrapeUntil(url: string, what: string, isSo: (figures: Scrape) => boolean) {
  return waitFor(
    async () => {
      const figures = await scrape(url);
      return isSo(figures) ? figures : undefined;
    },
    // A lease has to run out, and a sweep to see it.
    { what, timeoutMs: 40_000 },
  );
}

describe('what a fleet tells of itself', () => {
  it('is exactly what it did', async () => {
    const posted = await Promise.all(
      Array.from({ length: COUNT }, () => fleet.post({ ...QUICK, webhook: { url: fleet.receiverUrl } })),
    );
    const ended = await Promise.all(posted.map(({ body }) => fleet.ended(body.id)));
    const steps = ended.reduce((sum, { stepCount }) => sum + stepCount, 0);
    expect(steps).toBeGreaterThan(COUNT);

    const of = await scrapeUntil(
      await opsUrlOf(worker),
      'every webhook',
      (figures) => figures('flotilla_webhook_attempt_duration_seconds_count', { outcome: 'delivered' }) === COUNT,
    );
    const completed = { pool: 'default', status: 'completed', code: 'none' };
    expect(of('flotilla_missions_claimed_total', { pool: 'default' })).toBe(COUNT);
    expect(of('flotilla_missions_ended_total', completed)).toBe(COUNT);
    expect(of('flotilla_missions_ended_total')).toBe(COUNT);
    expect(of('flotilla_mission_wait_seconds_count', { pool: 'default' })).toBe(COUNT);
    expect(of('flotilla_agent_missions_ended_total', { agent: 'none', status: 'completed' })).toBe(COUNT);
    expect(of('flotilla_step_duration_seconds_count')).toBe(steps);
    expect(of('flotilla_step_duration_seconds_count', { kind: 'answer' })).toBe(COUNT);
    expect(of('flotilla_steps_total')).toBe(steps);
    expect(of('flotilla_model_call_duration_seconds_count', { provider: 'sim', model: 'load', outcome: 'ok' })).toBe(
      steps,
    );
    expect(of('flotilla_tool_call_duration_seconds_count', { tool: 'sim_work', outcome: 'ok' })).toBe(steps - COUNT);
    expect(of('flotilla_tokens_total', { kind: 'output' })).toBeGreaterThan(0);
    expect(of('flotilla_batch_rows_sum', { batch: 'commit_response' })).toBe(steps);
    expect(of('flotilla_batch_rows_sum', { batch: 'leave' })).toBe(COUNT);
    expect(of('flotilla_fenced_writes_total')).toBe(0);
    expect(of('flotilla_lease_losses_total')).toBe(0);
    expect(of('flotilla_worker_slots')).toBe(20);
    expect(of('flotilla_worker_lease_live')).toBe(1);
    expect(of('flotilla_worker_missions_running')).toBe(0);
    expect(of('flotilla_database_connections_max')).toBe(10);
    expect(of('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);

    const api = await scrape(apiUrl);
    expect(api('flotilla_missions_accepted_total', { pool: 'default' })).toBe(COUNT);
    const posts = { method: 'POST', route: '/v1/missions', status: '202' };
    expect(api('flotilla_http_request_duration_seconds_count', posts)).toBe(COUNT);
    expect(api('flotilla_batch_rows_sum', { batch: 'create' })).toBe(COUNT);
  });

  it('has every metric that is documented, where the table says, and every one that a rule or a panel reads', async () => {
    const pages = {
      api: (await callOps(`${apiUrl}/metrics`, { key: null })).text,
      worker: (await callOps(`${await opsUrlOf(worker)}/metrics`, { key: null })).text,
    };
    const has = (app: keyof typeof pages, { name, kind }: { name: string; kind: string }) =>
      pages[app].includes(`# TYPE ${name} ${kind}\n`);
    const rows = documented();
    expect(rows.length).toBeGreaterThan(40);
    for (const app of ['api', 'worker'] as const) {
      expect(rows.filter((row) => has(app, row) !== row.apps.includes(app))).toEqual([]);
    }
    const types = new Set(
      Object.values(pages).flatMap((page) => [...page.matchAll(/^# TYPE (\w+) /gm)].map((m) => m[1])),
    );
    const recorded = new Set(rules().flatMap(({ record }) => record ?? []));
    const read = watched().flatMap(({ expression }) => readsOf(expression).selectors.map(({ metric }) => metric));
    const ours = read.filter((metric) => metric !== 'up' && !recorded.has(metric));
    const unknown = ours.filter(
      (metric) => !types.has(metric) && !types.has(metric.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(unknown).toEqual([]);
  });

  it('names no account, no mission and no path of a client', async () => {
    await fetch(`${fleet.apiUrl}/v1/missions/mis_made_up`);
    await fetch(`${fleet.apiUrl}/no/such/path`);
    await fleet.post({ goal: 'x', model: 'openai/made-up' }).then(({ body }) => fleet.ended(body.id));
    const pages = await Promise.all(
      [apiUrl, await opsUrlOf(worker)].map(async (url) => (await callOps(`${url}/metrics`, { key: null })).text),
    );
    expect(pages.join('')).not.toMatch(/mis_|acc_|made.up|such/);
  });

  it('counts every mission that was taken from a killed worker, and what its pool needs meanwhile', async () => {
    const posted = await Promise.all(Array.from({ length: COUNT }, () => fleet.post(SLOW)));
    await scrapeUntil(await opsUrlOf(worker), 'them to run', (of) => of('flotilla_worker_missions_running') === COUNT);
    const other = await fleet.startWorker({ WORKER_SLOTS: '4' });
    await worker.stop('SIGKILL');
    const of = await scrapeUntil(
      await opsUrlOf(other),
      'the repairs',
      (figures) => figures('flotilla_sweep_repairs_total', { repair: 'orphan_requeued' }) === COUNT,
    );
    expect(of('flotilla_missions_released_total', { code: 'no_worker' })).toBe(COUNT);
    expect(of('flotilla_sweep_repairs_total', { repair: 'orphan_ended' })).toBe(0);

    // Four of six fit into one worker of four slots.
    const api = await scrapeUntil(
      apiUrl,
      'the pool’s figures',
      (figures) => figures('flotilla_pool_slots') === 4 && figures('flotilla_pool_running_missions') === 4,
    );
    expect(api('flotilla_pool_desired_workers', { pool: 'default' })).toBe(2);
    expect(api('flotilla_pool_runnable_missions')).toBe(2);
    const { workers } = JSON.parse((await callOps(`${apiUrl}/admin/workers`)).text);
    expect(workers).toMatchObject([{ pools: ['default'], slots: 4, running: 4 }]);
    await Promise.all(posted.map(({ body }) => fleet.move(body.id, 'cancel')));
    await Promise.all(posted.map(({ body }) => fleet.ended(body.id)));
  }, 120_000);
});
