import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { claim, RECEIVER_URL, startApi } from './fixture.ts';

const CAP = 50;

it('an account gets its cap of queued missions, exactly, and 429 beyond it, until some have run', async () => {
  await using api = await startApi();
  await api.sql.query('UPDATE accounts SET max_queued = $1', [CAP]);
  const stranger = await api.newAccount('another');
  const post = (key = api.key) => api.call('POST', '/v1/missions', { key, body: { goal: 'x' } });

  const answers = await Promise.all(Array.from({ length: 150 }, () => post()));
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 429);
  expect([accepted.length, refused.length]).toEqual([CAP, 100]);
  expect(refused[0]?.body).toMatchObject({ code: 'backlog_full', detail: expect.stringContaining(`${CAP}`) });
  expect(refused[0]?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  const { rows } = await api.sql.query('SELECT count(*)::int AS n FROM missions WHERE account_id = $1', [
    api.accountId,
  ]);
  expect(rows).toEqual([{ n: CAP }]);
  expect((await post(stranger.key)).status).toBe(202);

  // Room for three more, seen as soon as the last count is old.
  for (const { body } of accepted.slice(0, 3)) await claim(api, body.id);
  let more = 0;
  await waitFor(
    async () => {
      const again = await Promise.all(Array.from({ length: 10 }, () => post()));
      more += again.filter(({ status }) => status === 202).length;
      return more > 0;
    },
    { what: 'a new count' },
  );
  expect(more).toBe(3);
});

it('whoever posts one after the other gets every place there is', async () => {
  await using api = await startApi();
  await api.sql.query('UPDATE accounts SET max_queued = 20');
  const statuses = [];
  for (let number = 0; number < 22; number++) {
    statuses.push((await api.call('POST', '/v1/missions', { body: { goal: 'x' } })).status);
  }
  expect(statuses).toEqual([...Array(20).fill(202), 429, 429]);

  // What is turned away leaves nothing behind, not even where its end would have been told.
  const mission = (of: string) => ({ goal: 'x', webhook: { url: `${RECEIVER_URL}?${of}` } });
  expect((await api.call('POST', '/v1/missions', { body: mission('one') })).status).toBe(429);
  const batch = await api.call('POST', '/v1/missions/batch', {
    body: { missions: [mission('two'), mission('three')] },
  });
  expect(batch.body).toMatchObject({ accepted: 0, refused: 2 });
  expect((await api.sql.query('SELECT url FROM webhook_endpoints')).rows).toEqual([]);
});
