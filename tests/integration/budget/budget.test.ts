import type { MissionSpec } from '@flotilla/core';
import { expect, it } from 'vitest';
import { createFixture, type Fixture } from '../db/fixture.ts';
import { judge } from './judge.ts';
import { createRandom, type Drawn, drawMission, MAX_OUTPUT_TOKENS, MODEL } from './plan.ts';
import { type Bills, createBillingProvider } from './provider.ts';
import { openStage, type Stage } from './stage.ts';

/** `BUDGET_MISSIONS=1000` plays more of them, and `BUDGET_SEED=…` draws the same ones again. */
const MISSIONS = Number(process.env['BUDGET_MISSIONS'] ?? 100);
const SEED = Number(process.env['BUDGET_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CALLS_BETWEEN_KILLS = 120;

it(
  `of ${MISSIONS} missions, whose workers die now and then, none costs more than its budget, and those that wait for a larger one go on with it`,
  async () => {
    process.stdout.write(`budgets: BUDGET_SEED=${SEED} BUDGET_MISSIONS=${MISSIONS}\n`);
    const random = createRandom(SEED);
    await using f = await createFixture();
    const bills: Bills = new Map();
    let calls = 0;
    let kills = 0;
    const provider = createBillingProvider({
      random,
      bills,
      onCall() {
        calls += 1;
        if (calls % CALLS_BETWEEN_KILLS !== 0) return;
        kills += 1;
        void stage.kill();
      },
    });
    const stage = await openStage(f, provider);
    const missions = new Map<string, Drawn>();
    for (let index = 0; index < MISSIONS; index++) {
      const drawn = drawMission(random, index);
      const id = await f.newMission({ spec: specOf(drawn), endpointId: null });
      missions.set(id, drawn);
      stage.ring(id);
    }
    const raised = await raiseUntilDone(f, stage, missions);

    const verdict = await judge(f.sql, bills);
    process.stdout.write(`${calls} calls, ${kills} kills, ${raised} raises, ${JSON.stringify(verdict.counts)}\n`);
    expect(verdict.overruns).toEqual([]);
    expect(verdict.unbilled).toEqual([]);
    expect((await f.db.audit()).filter(({ count }) => count > 0)).toEqual([]);
    // Otherwise nothing was tried.
    expect({ raised, kills, ...verdict.counts }).toMatchObject({
      raised: expect.toSatisfy((count: number) => count >= MISSIONS / 10),
      kills: expect.toSatisfy((count: number) => count >= MISSIONS / 100),
      unsettled: expect.toSatisfy((count: number) => count >= MISSIONS / 100),
      'mission completed': expect.toSatisfy((count: number) => count >= MISSIONS / 10),
      'mission failed budget_exhausted': expect.toSatisfy((count: number) => count >= MISSIONS / 50),
      'mission waiting awaiting_budget': expect.toSatisfy((count: number) => count >= MISSIONS / 50),
    });
  },
  60_000 + MISSIONS * 1_000,
);

function specOf({ plan, budget }: Drawn): MissionSpec {
  return {
    goal: JSON.stringify(plan),
    model: `openai/${MODEL}`,
    instructions: null,
    tools: ['calculator', 'run_mission'],
    modelOptions: {},
    limits: { maxSteps: 50, maxOutputTokens: MAX_OUTPUT_TOKENS },
    budget,
  };
}

type Waiting = { id: string; askId: string; what: 'usd' | 'tokens' | 'steps'; limit: number };

/** Raises the budgets of those that wait for it, until nothing is left that goes on. */
async function raiseUntilDone(f: Fixture, stage: Stage, missions: Map<string, Drawn>): Promise<number> {
  let raised = 0;
  for (;;) {
    await stage.isIdle();
    const { rows } = await f.sql.query<Waiting>(
      `SELECT m.id, a.id AS "askId", a.request->>'what' AS what, (a.request->>'limit')::float8 AS limit
       FROM missions m JOIN answers a ON a.mission_id = m.id AND a.kind = 'budget' AND a.answered_at IS NULL
       WHERE m.status = 'waiting'`,
    );
    const willing = rows.filter(({ id }) => (missions.get(id)?.raises ?? 0) > 0);
    if (willing.length === 0) return raised;
    for (const { id, askId, what, limit } of willing) {
      const mission = missions.get(id);
      if (!mission) continue;
      mission.raises -= 1;
      raised += 1;
      const more = what === 'usd' ? Math.round(limit * 1.7 * 1_000_000) / 1_000_000 : Math.ceil(limit * 1.7);
      const given = { accountId: f.accountId, missionId: id, askId, answer: { [what]: more }, answeredBy: 'test' };
      expect(await f.db.missions.answer(given)).toMatchObject({ kind: 'answered', bell: { missionId: id } });
      stage.ring(id);
    }
  }
}
