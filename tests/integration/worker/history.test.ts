import { createAgentPool, createSimProvider, createSimTools, createStop } from '@flotilla/agent';
import { createId, FencedError, SIM_TOOL_NAME, type Step } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { createJournal } from '@flotilla/worker/journal';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });

/** A worker of its own on the real database: it counts what it reads, and drains after so many steps of each claim. */
async function createPlayingWorker(fixture: Fixture) {
  const { db } = fixture;
  const workerId = await fixture.newWorker();
  const sources: string[] = [];
  let reads = 0;
  let stopAfter = Number.POSITIVE_INFINITY;
  let onStep = (): void => undefined;
  const counted: Pick<Database, 'steps' | 'missions' | 'sessions' | 'budgets' | 'workers'> = {
    budgets: db.budgets,
    missions: db.missions,
    sessions: db.sessions,
    workers: db.workers,
    steps: {
      ...db.steps,
      read(page) {
        reads += 1;
        return db.steps.read(page);
      },
      async commitToolResult(commit) {
        const outcome = await db.steps.commitToolResult(commit);
        onStep();
        return outcome;
      },
    },
  };
  const play = createMissionPlayer({
    openSecrets: () => [],
    db: counted,
    providers: () => createSimProvider(),
    agents: createAgentPool({ tools: new Map(createSimTools().map((tool) => [tool.name, tool])) }),
    patienceMs: 0,
    teller: { events: () => undefined, delta: () => undefined },
    priceOf: () => 0,
    facts: {
      historyLoaded: (source) => sources.push(source),
      stepCommitted: () => undefined,
      stepCompleted: () => undefined,
      fenced: () => undefined,
    },
  });

  return {
    sources,
    get reads() {
      return reads;
    },
    /** Claims the mission, plays so many of its steps, and hands it over; to the end, where not told. */
    async run(missionId: string, steps = Number.POSITIVE_INFINITY) {
      stopAfter = steps;
      const mission = await db.lease.claim({ missionId, workerId });
      if (mission === 'not_ours') throw new Error('the claim failed');
      const stop = createStop();
      onStep = () => {
        stopAfter -= 1;
        if (stopAfter === 0) stop.request('drain');
      };
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => true, onAgain: () => undefined };
      const move = await play({ mission, owner, stop, live, logger, onProgress: () => undefined });
      if (move === null) throw new Error('it was fenced');
      await db.lease.leave({ ...owner, ...move });
      return move;
    },
  };
}

async function newLoadMission({ db, accountId, endpointId }: Fixture, steps: number): Promise<string> {
  const id = createId('mission');
  const limits = { maxSteps: 50, maxOutputTokens: 100 };
  const spec = {
    goal: 'x',
    model: 'sim/load',
    instructions: null,
    tools: [SIM_TOOL_NAME],
    modelOptions: { steps },
    limits,
  };
  await db.missions.create({ id, accountId, spec, pool: 'default', priority: 5, tags: [], metadata: {}, endpointId });
  return id;
}

describe('the history of a mission', () => {
  it('is not read again by the worker that had it, and read by one that did not', async () => {
    await using fixture = await createFixture();
    const first = await createPlayingWorker(fixture);
    const second = await createPlayingWorker(fixture);
    const missionId = await newLoadMission(fixture, 6);

    await first.run(missionId, 2);
    await first.run(missionId, 2);
    expect(first.reads).toBe(0);
    await second.run(missionId, 1);
    expect(second.reads).toBe(1);
    expect(await second.run(missionId)).toMatchObject({ status: 'completed' });
    expect(second.reads).toBe(1);
    // Six steps of seven have a history: only where the mission had changed workers was it not in hand.
    expect([...first.sources, ...second.sources]).toEqual([
      'memory',
      'memory',
      'memory',
      'postgres',
      'memory',
      'memory',
    ]);
  });

  it('is never a stale one: what another worker did in between is seen', async () => {
    await using fixture = await createFixture();
    const first = await createPlayingWorker(fixture);
    const second = await createPlayingWorker(fixture);
    const missionId = await newLoadMission(fixture, 6);
    await first.run(missionId, 2);
    await second.run(missionId, 2);
    expect(await first.run(missionId)).toMatchObject({ status: 'completed' });
    expect(first.reads).toBe(1);
    const steps = await fixture.db.steps.read({ missionId, after: 0, limit: 100 });
    expect(steps.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is read anew when another worker had the mission and did nothing', async () => {
    await using fixture = await createFixture();
    const first = await createPlayingWorker(fixture);
    const missionId = await newLoadMission(fixture, 4);
    await first.run(missionId, 2);
    const claimed = await fixture.db.lease.claim({ missionId, workerId: await fixture.newWorker() });
    if (claimed === 'not_ours') throw new Error('the claim failed');
    const release = { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 } as const;
    await fixture.db.lease.leave({ missionId, attempt: claimed.attempt, ...release });
    expect(await first.run(missionId)).toMatchObject({ status: 'completed' });
    expect(first.reads).toBe(1);
  });

  it('that a worker has in hand is the one in Postgres', async () => {
    await using fixture = await createFixture();
    const { db } = fixture;
    const { missionId, attempt } = await fixture.newRunning();
    const owner = { missionId, attempt };
    const live = { owner, isLive: () => true, onAgain: () => undefined };
    const facts = { stepCommitted: () => undefined, stepCompleted: () => undefined, fenced: () => undefined };
    const journal = createJournal({ db, live, facts, steps: [], onStep: () => undefined, onEvents: () => undefined });
    const inPostgres = async () => withoutTimes(await db.steps.read({ missionId, after: 0, limit: 10 }));

    await journal.commitResponse(respond(1, 2));
    await journal.startToolCall({ step: 1, index: 1 });
    await journal.commitToolResult(resultOf(1, 0));
    expect(withoutTimes(journal.steps)).toEqual(await inPostgres());
    await journal.commitToolResult(resultOf(1, 1));
    await journal.commitResponse(respond(2, 0));
    expect(withoutTimes(journal.steps)).toEqual(await inPostgres());

    await expect(journal.commitResponse({ ...respond(4, 0) })).rejects.toThrow(FencedError);
    expect(journal.steps).toBeNull();
  });
});

/** Which times there are counts; the clocks are two. */
function withoutTimes(steps: readonly Step[] | null): unknown {
  return JSON.parse(
    JSON.stringify(steps, (key, value) => (key.endsWith('At') && typeof value === 'string' ? 'a time' : value)),
  );
}
