import { createAgentPool, createStop, type ModelRequest, type Provider } from '@flotilla/agent';
import type { MissionSpec } from '@flotilla/core';
import { createLogger } from '@flotilla/platform';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { createResponses } from '@flotilla/worker/responses';
import { expect, it } from 'vitest';
import { createFixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const spec: MissionSpec = {
  goal: 'the same',
  model: 'sim/script',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: { maxSteps: 10, maxOutputTokens: 100 },
};

it('a question that was answered within the hour is answered again on another worker, free, in the ledger too', async () => {
  await using f = await createFixture();
  const asked: ModelRequest[] = [];
  const looked: string[] = [];
  const model: Provider = {
    name: 'sim',
    async call(request) {
      asked.push(request);
      const usage = { inputTokens: 100, outputTokens: 10, cachedInputTokens: 0, costMicroUsd: 500 };
      const message = { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'answer' }] };
      return { provider: 'sim', model: 'script', message, stopReason: 'end', usage };
    },
  };
  const facts = {
    historyLoaded: () => undefined,
    stepCommitted: () => undefined,
    stepCompleted: () => undefined,
    fenced: () => undefined,
    responseLookedUp: (outcome: string) => looked.push(outcome),
  };
  const play = async () => {
    const workerId = await f.newWorker();
    const responses = createResponses({ db: f.db, logger, facts });
    const player = createMissionPlayer({
      openSecrets: () => [],
      teller: { events: () => undefined, delta: () => undefined },
      db: f.db,
      providers: () => model,
      agents: createAgentPool({ tools: new Map() }),
      responses,
      patienceMs: 0,
      priceOf: () => 0,
      facts,
    });
    const missionId = await f.newMission({ spec });
    const mission = await f.db.lease.claim({ missionId, workerId });
    if (mission === 'not_ours') throw new Error('the claim failed');
    const owner = { missionId, attempt: mission.attempt };
    const live = { owner, isLive: () => true, onAgain: () => undefined };
    const move = await player({ mission, owner, stop: createStop(), live, logger, onProgress: () => undefined });
    if (move) await f.db.lease.leave({ ...owner, ...move });
    return missionId;
  };
  await play();
  // Nobody waits for what is kept.
  const kept = async () => (await f.sql.query('SELECT FROM cached_responses')).rowCount;
  await expect.poll(kept, { timeout: 10_000 }).toBe(1);
  const second = await play();

  expect({ calls: asked.length, looked }).toEqual({ calls: 1, looked: ['miss', 'hit'] });
  expect(await f.db.missions.read(f.accountId, second)).toMatchObject({
    output: 'answer',
    usage: { inputTokens: 0, costMicroUsd: 0 },
  });
  expect(await f.db.steps.read({ missionId: second, after: 0, limit: 1 })).toMatchObject([{ cached: true }]);
  const spent = await f.sql.query('SELECT cost_micro_usd FROM usage_records ORDER BY cost_micro_usd');
  expect(spent.rows.map((row) => Number(row['cost_micro_usd']))).toEqual([0, 500]);
});
