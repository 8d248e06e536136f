import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { startApi } from './fixture.ts';

/** What the fleet promises is a quarter of it, and is measured by `npm run bench`: here others are at work too. */
const DRIFT_MS = 2_500;

it('a mission that is to start within seconds is rung at its moment, though no sweep comes by then', async () => {
  await using api = await startApi();
  // There is no worker: nobody sweeps.
  await api.post({ goal: 'soon', delay: 1 });
  await api.post({ goal: 'soon', startAt: new Date(Date.now() + 1_500).toISOString() });
  await api.call('POST', '/v1/missions/batch', { body: { missions: [{ goal: 'soon', delay: 1 }] } });
  await api.post({ goal: 'later', delay: 60 });
  const read = async (goal: string) => {
    const { rows } = await api.sql.query<{ rings: number; drift: number | null }>(
      `SELECT rings, extract(epoch FROM rung_at - run_after)::float8 * 1000 AS drift FROM missions WHERE spec->>'goal' = $1`,
      [goal],
    );
    return rows;
  };
  await waitFor(async () => (await read('soon')).every(({ rings }) => rings > 0), { what: 'their bells' });
  const soon = await read('soon');
  expect(soon).toHaveLength(3);
  for (const { rings, drift } of soon) {
    expect(rings).toBe(1);
    expect(drift).toBeGreaterThanOrEqual(0);
    expect(drift).toBeLessThan(DRIFT_MS);
  }
  expect(await read('later')).toEqual([{ rings: 0, drift: null }]);
});
