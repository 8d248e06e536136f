import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type Reply, startModelServer } from './model-server.ts';

const MODEL = 'openai/gpt-test';
type Seen = { goal: string; step: number; results: string[] };

function isWaiting(fleet: Fleet, missionId: string): Promise<{ statusReason: { code: string } }> {
  return waitFor(
    async () => {
      const mission = await fleet.get<{ status: string; statusReason: { code: string } }>(`/v1/missions/${missionId}`);
      return mission.status === 'waiting' ? mission : undefined;
    },
    { timeoutMs: 20_000, what: 'the mission to wait' },
  );
}

/** Answers everything the mission asks. */
async function answerAll(fleet: Fleet, missionId: string, answer: string): Promise<object[]> {
  const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url: fleet.databaseUrl, poolSize: 1, applicationName: 'flotilla-test', ...timeouts });
  try {
    const account = await db.accounts.find('test');
    if (!account) throw new Error('no account');
    const of = { accountId: account.id, missionId };
    const asks = await db.missions.asks(of.accountId, missionId);
    for (const { id } of asks) await db.missions.answer({ ...of, askId: id, answer, answeredBy: 'test' });
    return asks.map(({ request }) => request);
  } finally {
    await db.close();
  }
}

describe('a mission that asks', () => {
  it('waits without a worker, survives a redeploy, and goes on with the answer', async () => {
    const play = ({ step, results }: Seen): Reply =>
      step === 1
        ? [
            { name: 'ask_user', input: { question: 'Which colour?' } },
            { name: 'calculator', input: { expression: '20 + 22' } },
          ]
        : `answered: ${results.join(' and ')}`;
    await using models = await startModelServer({ play });
    await using fleet = await startFleet('redis', { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl });
    const first = await fleet.startWorker();
    const { body } = await fleet.post({ goal: 'paint', model: MODEL, tools: ['ask_user', 'calculator'] });
    expect(await isWaiting(fleet, body.id)).toMatchObject({ statusReason: { code: 'awaiting_input' } });
    expect((await first.stop()).code).toBe(0);
    await fleet.startWorker();

    expect(await answerAll(fleet, body.id, 'blue')).toEqual([{ question: 'Which colour?' }]);
    // Nobody rings for the answer here: the sweep finds it due.
    expect(await fleet.ended(body.id)).toMatchObject({
      status: 'completed',
      output: 'answered: blue and 42',
      attempt: 2,
    });
    expect(models.calls.map(({ step }) => step)).toEqual([1, 2]);
  }, 120_000);
});

describe('a mission that starts five others', () => {
  it('gets the answer of each, though the worker that ran them was killed in the middle; each is started once', async () => {
    const goals = Array.from({ length: 5 }, (_, index) => `child ${index}`);
    const play = ({ goal, step, results }: Seen): Reply => {
      if (goal !== 'parent') {
        return step <= 3 ? [{ name: 'calculator', input: { expression: '1 + 1' } }] : `${goal} is done`;
      }
      const asked = goals.map((child) => ({ name: 'run_mission', input: { goal: child, tools: ['calculator'] } }));
      return step === 1 ? asked : results.join(', ');
    };
    await using models = await startModelServer({ play, latencyMs: 300 });
    await using fleet = await startFleet('postgres', { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl });
    const victim = await fleet.startWorker();
    const { body } = await fleet.post({ goal: 'parent', model: MODEL, tools: ['run_mission', 'calculator'] });
    await waitFor(() => models.calls.filter(({ step, goal }) => step === 2 && goal !== 'parent').length >= 3, {
      timeoutMs: 20_000,
      what: 'the children to be in their second step',
    });
    expect(await isWaiting(fleet, body.id)).toMatchObject({ statusReason: { code: 'awaiting_children' } });
    await victim.stop('SIGKILL');
    await fleet.startWorker();

    expect(await fleet.ended(body.id, 60_000)).toMatchObject({
      status: 'completed',
      output: goals.map((goal) => `${goal} is done`).join(', '),
    });
    const stepsOf = (goal: string) => models.calls.filter((call) => call.goal === goal).map(({ step }) => step);
    expect(stepsOf('parent')).toEqual([1, 2]);
    for (const goal of goals) {
      const steps = stepsOf(goal);
      // Only the call that was in flight when the worker died is made once more.
      expect([...new Set(steps)]).toEqual([1, 2, 3, 4]);
      expect(steps.length).toBeLessThanOrEqual(5);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    }
    expect(await familyOf(fleet, body.id)).toEqual([{ count: 5, depth: 1, repeated: 0 }]);
  }, 120_000);
});

/** Its children, and the tool calls in the family that were completed more than once, by their events. */
async function familyOf(fleet: Fleet, parentId: string): Promise<object[]> {
  const sql = new pg.Client({ connectionString: fleet.databaseUrl });
  await sql.connect();
  try {
    const { rows } = await sql.query(
      `SELECT count(*)::int AS count, max(depth)::int AS depth, (
         SELECT count(*)::int FROM (
           SELECT FROM mission_events WHERE type = 'tool_call.completed'
           GROUP BY mission_id, data->'step', data->'index' HAVING count(*) > 1) r) AS repeated
       FROM missions WHERE parent_mission_id = $1`,
      [parentId],
    );
    return rows;
  } finally {
    await sql.end();
  }
}
