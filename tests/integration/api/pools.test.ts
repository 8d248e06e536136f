import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { startApi } from './fixture.ts';

it('a mission may name a pool that there is, and a new pool is known within seconds', async () => {
  await using api = await startApi();
  const post = () => api.call('POST', '/v1/missions', { body: { goal: 'x', pool: 'gpu' } });
  expect((await post()).body).toMatchObject({
    status: 422,
    code: 'unknown_pool',
    allowed: ['default'],
    errors: [{ path: '/pool' }],
  });
  expect(await api.db.pools.create('gpu')).toBe(true);
  const accepted = await waitFor(
    async () => {
      const answer = await post();
      return answer.status === 202 && answer;
    },
    { what: 'the new pool to be known' },
  );
  expect(accepted.body).toMatchObject({ pool: 'gpu' });
  expect((await api.call('GET', `/v1/missions/${accepted.body.id}`)).body).toMatchObject({ pool: 'gpu' });
});
