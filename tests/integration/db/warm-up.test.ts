import { expect, it } from 'vitest';
import { createFixture } from './fixture.ts';

it('a process that is to take requests has connections before the first one comes', async () => {
  await using f = await createFixture();
  await using fresh = await f.openAnother();
  expect(fresh.db.poolUse()).toMatchObject({ max: 5, total: 0 });
  await fresh.db.warmUp();
  expect(fresh.db.poolUse()).toEqual({ max: 5, total: 5, idle: 5, waiting: 0 });
});
