import { expect, it } from 'vitest';
import { createTestDatabase } from '../../harness/index.ts';
import { runStorm } from '../../idempotency/storm.ts';

const KEYS = 10;
const POSTS = 50;

// `npm run test:idempotency` does the same with a thousand keys.
it('stores one mission for a key, whoever is killed and whichever reply is lost', async () => {
  await using database = await createTestDatabase();
  const report = await runStorm({
    databaseUrl: database.url,
    keys: KEYS,
    postsPerKey: POSTS,
    keysAtOnce: 4,
    instances: 3,
    killEveryMs: 400,
    killsAtMost: 2,
    lostShare: 0.3,
    seed: 20,
  });
  expect(report).toMatchObject({ missions: KEYS, records: KEYS, untold: 0, answers: KEYS * POSTS });
  expect(report).toMatchObject({ strange: [], differing: [] });
  // Or it would have shown nothing.
  expect(report.firstAnswerLost).toBeGreaterThan(0);
  expect(report.lost).toBeGreaterThan(POSTS);
  expect(report.kills).toBeGreaterThan(0);
}, 240_000);
