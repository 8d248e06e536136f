import { createId } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, respond, resultOf } from './fixture.ts';

describe('coalesced commits', () => {
  it('keep every result of a mission’s parallel tools, and complete the step once', async () => {
    await using f = await createFixture();
    const runs = await Promise.all(Array.from({ length: 20 }, () => f.newRunning()));
    await Promise.all(runs.map((run) => f.db.steps.commitResponse({ ...run, ...respond(1, 8) })));
    const outcomes = await Promise.all(
      runs.flatMap((run) =>
        Array.from({ length: 8 }, (_, index) => f.db.steps.commitToolResult({ ...run, ...resultOf(1, index) })),
      ),
    );
    expect(outcomes.every((outcome) => outcome === 'committed')).toBe(true);
    for (const run of runs) {
      const [step] = await f.db.steps.read({ missionId: run.missionId, after: 0, limit: 1 });
      expect(step?.completedAt).not.toBeNull();
      expect(step?.toolCalls.map((call) => call.result?.content)).toEqual(
        Array.from({ length: 8 }, (_, i) => `result ${i}`),
      );
      expect((await f.eventsOf(run.missionId)).slice(2)).toEqual([
        ...Array.from({ length: 8 }, (_, i) => `${3 + i} tool_call.completed`),
        '11 step.completed',
      ]);
    }
  });

  it('let a row that cannot be written fail alone', async () => {
    await using f = await createFixture();
    const spec = {
      goal: 'x',
      model: 'sim/load',
      instructions: null,
      tools: [],
      modelOptions: {},
      limits: { maxSteps: 1, maxOutputTokens: 1 },
    };
    const mission = (accountId: string, goal: string) => ({
      id: createId('mission'),
      accountId,
      spec: { ...spec, goal },
      pool: 'default',
      priority: 5,
      tags: [],
      metadata: {},
      endpointId: null,
    });
    const outcomes = await Promise.allSettled([
      f.db.missions.create(mission(f.accountId, 'fine')),
      f.db.missions.create(mission('acc_vanished', 'its account is gone')),
      f.db.missions.create(mission(f.accountId, 'null \0 character')),
      f.db.missions.create(mission(f.accountId, 'fine too')),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await f.db.missions.list({ accountId: f.accountId, before: null, limit: 10 })).toHaveLength(2);
  });

  it('of several processes over the same missions do not deadlock for good', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const runs = await Promise.all(Array.from({ length: 60 }, () => f.newRunning()));
    for (let step = 1; step <= 5; step++) {
      const outcomes = await Promise.all([
        ...runs.map((run) => f.db.steps.commitResponse({ ...run, ...respond(step, 0) })),
        // The same rows, the other way round, from another connection: a lost lock order would show as a deadlock here.
        ...runs.toReversed().map((run) => other.db.steps.commitResponse({ ...run, attempt: 99, ...respond(step, 0) })),
      ]);
      expect(outcomes).toEqual([...runs.map(() => 'committed'), ...runs.map(() => 'fenced')]);
    }
  });
});
