import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';

const words = (bytes: number) => 'The quick brown fox jumps over the lazy dog. '.repeat(bytes / 45);

async function commitOutputs(f: Fixture, outputs: (string | null)[]) {
  const { missionId, attempt } = await f.newRunning();
  await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, outputs.length) });
  await Promise.all(
    outputs.map((fullOutput, index) =>
      f.db.steps.commitToolResult({ missionId, attempt, ...resultOf(1, index), fullOutput }),
    ),
  );
  return missionId;
}

it('a large output comes back as it was, whatever its letters, and lies in the database compressed', async () => {
  await using f = await createFixture();
  const outputs = [words(1_000_000), `ä😀${words(20_000)}`, randomBytes(20_000).toString('hex'), null];
  const missionId = await commitOutputs(f, outputs);
  const read = await Promise.all(
    outputs.map((_, index) => f.db.steps.readOutput({ missionId, of: null, step: 1, index })),
  );
  expect(read).toEqual([...outputs.slice(0, -1), 'result 3']);
  expect(await f.db.steps.readOutput({ missionId, of: null, step: 2, index: 0 })).toBeNull();
  const { rows } = await f.sql.query<{ bytes: number }>(
    'SELECT pg_column_size(full_output_zstd) AS bytes FROM tool_calls WHERE mission_id = $1 ORDER BY index',
    [missionId],
  );
  expect(rows[0]?.bytes).toBeLessThan(2_000);
});

it('an output that an older version has stored is still read', async () => {
  await using f = await createFixture();
  const missionId = await commitOutputs(f, [null]);
  await f.sql.query(`UPDATE tool_calls SET full_output = 'as it was' WHERE mission_id = $1`, [missionId]);
  expect(await f.db.steps.readOutput({ missionId, of: null, step: 1, index: 0 })).toBe('as it was');
});

it('an output is for its own mission and for the later ones of its session, and for no other', async () => {
  await using f = await createFixture();
  const [sessionId, other] = [await f.newSession(), await f.newSession()];
  async function run(session?: string): Promise<string> {
    const { missionId, attempt } = await f.newRunning(session === undefined ? {} : { sessionId: session });
    await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, 1) });
    await f.db.steps.commitToolResult({ missionId, attempt, ...resultOf(1, 0), fullOutput: 'whole' });
    await f.db.lease.leave({ missionId, attempt, status: 'completed', output: 'done' });
    return missionId;
  }
  const first = await run(sessionId);
  const second = await run(sessionId);
  const strangers = [await run(other), await run()];
  const read = (missionId: string, of: string | null) => f.db.steps.readOutput({ missionId, of, step: 1, index: 0 });
  expect(await read(first, null)).toBe('whole');
  expect(await read(second, first)).toBe('whole');
  // Which came first is what the database says, whatever clock has made their ids.
  await f.sql.query(`UPDATE missions SET created_at = created_at - interval '1 minute' WHERE id = $1`, [second]);
  expect([await read(second, first), await read(first, second)]).toEqual([null, 'whole']);
  await f.sql.query(`UPDATE missions SET created_at = created_at + interval '1 minute' WHERE id = $1`, [second]);
  expect(await read(first, second)).toBeNull();
  for (const stranger of strangers) {
    expect(await read(stranger, first)).toBeNull();
    expect(await read(second, stranger)).toBeNull();
  }
});
