import { expect, it } from 'vitest';
import { clockAheadBy, waitFor } from '../../harness/index.ts';
import { type Api, callApi, startApi } from './fixture.ts';

/** What the fleet promises is a quarter of it, and is measured by `npm run bench`: here others are at work too. */
const DRIFT_MS = 2_500;

it('a mission that is to start within seconds is rung at its moment, though no sweep comes by then', async () => {
  await using api = await startApi();
  // There is no worker: nobody sweeps.
  await api.post({ goal: 'soon', delay: 1 });
  await api.post({ goal: 'soon', startAt: new Date(Date.now() + 1_500).toISOString() });
  await api.call('POST', '/v1/missions/batch', { body: { missions: [{ goal: 'soon', delay: 1 }] } });
  await api.post({ goal: 'later', delay: 60 });
  await areRung(api, 3);
  expect(await read(api, 'later')).toEqual([{ rings: 0, drift: null }]);
});

it.each([
  ['slow', -10_000],
  ['fast', 10_000],
])('whose moment it is, the database’s clock says, also where the API’s own is %s', async (_, aheadMs) => {
  await using api = await startApi();
  const { ready } = await api.startProcess(clockAheadBy(aheadMs));
  const post = (path: string, body: object, headers = {}) =>
    callApi(ready[1] ?? '', { method: 'POST', path, key: api.key, body, headers });
  const soon = () => ({ goal: 'soon', startAt: new Date(Date.now() + 2_000).toISOString() });
  const { status } = await post('/v1/missions', soon());
  expect(status).toBe(202);
  await post('/v1/missions', soon(), { 'Idempotency-Key': 'once' });
  await post('/v1/missions/batch', { missions: [soon()] });
  await areRung(api, 3);
});

async function read({ sql }: Api, goal: string) {
  const { rows } = await sql.query<{ rings: number; drift: number | null }>(
    `SELECT rings, extract(epoch FROM rung_at - run_after)::float8 * 1000 AS drift FROM missions WHERE spec->>'goal' = $1`,
    [goal],
  );
  return rows;
}

async function areRung(api: Api, missions: number) {
  await waitFor(async () => (await read(api, 'soon')).every(({ rings }) => rings > 0), { what: 'their bells' });
  const soon = await read(api, 'soon');
  expect(soon).toHaveLength(missions);
  for (const { rings, drift } of soon) {
    expect(rings).toBe(1);
    expect(drift).toBeGreaterThanOrEqual(0);
    expect(drift).toBeLessThan(DRIFT_MS);
  }
}
