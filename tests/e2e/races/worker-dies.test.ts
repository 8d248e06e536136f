import { describe, expect, it } from 'vitest';
import { endWaiters, hold, racePoint, type TestProcess, waiters, waitFor } from '../../harness/index.ts';
import { GOAL, openStage, type Stage } from './stage.ts';

/** A record waits for no row. */
const ATTEMPTS = 'LOCK TABLE delivery_attempts IN SHARE MODE';
const MISSION = 'SELECT FROM missions FOR UPDATE';

/** Kills the worker while its write waits for a row, and sees to it that the write is never made. */
async function killAtItsWrite(stage: Stage, worker: TestProcess): Promise<void> {
  await waiters(stage, 1);
  await worker.stop('SIGKILL');
  await endWaiters(stage);
}

/** Lets another worker go on with it, and tells what it came to. */
async function takeOver(stage: Stage, missionId: string) {
  await stage.endLease(missionId);
  await stage.fleet.startWorker();
  const mission = await stage.fleet.ended(missionId, 60_000);
  const { data } = await stage.fleet.get<{ data: { toolCalls: { output: string }[] }[] }>(
    `/v1/missions/${missionId}/steps`,
  );
  return { mission, output: data[0]?.toolCalls[0]?.output };
}

const stepsSeen = ({ models }: Stage): number[] => models.calls.map((call) => call.step);

describe('a worker that is killed', () => {
  it(`${racePoint('claimed, first reply open')} leaves a mission that begins with its first step again`, async () => {
    await using stage = await openStage();
    const reply = stage.holdModel(1);
    const victim = await stage.fleet.startWorker();
    const missionId = await stage.post();
    await reply.arrived();
    await victim.stop('SIGKILL');
    const { mission } = await takeOver(stage, missionId);
    expect(mission).toMatchObject({ status: 'completed', output: 'answer 1', attempt: 2, stepCount: 2 });
    expect(stepsSeen(stage)).toEqual([1, 1, 2]);
    expect(stage.toolCalls).toHaveLength(1);
  }, 120_000);

  it(`${racePoint('reply in, not committed')} repeats this one model call and nothing else`, async () => {
    await using stage = await openStage();
    const reply = stage.holdModel(1);
    const victim = await stage.fleet.startWorker();
    const missionId = await stage.post();
    await reply.arrived();
    await using row = await hold(stage, MISSION);
    reply.open();
    await killAtItsWrite(stage, victim);
    await row.letGo();
    const { mission } = await takeOver(stage, missionId);
    expect(mission).toMatchObject({ status: 'completed', output: 'answer 1', attempt: 2, stepCount: 2 });
    expect(stepsSeen(stage)).toEqual([1, 1, 2]);
    expect(stage.toolCalls).toHaveLength(1);
  }, 120_000);

  it.each([
    { how: 'repeats a call that may be repeated, with its key', tool: 'current_time', times: 2, output: 'noted' },
    { how: 'leaves one that may not, and says so', tool: 'http_fetch', times: 1, output: 'unknown' },
  ] as const)(
    `${racePoint('tool answered, not committed')} $how`,
    async ({ tool, times, output }) => {
      await using stage = await openStage();
      const answer = stage.holdTool();
      const victim = await stage.fleet.startWorker();
      const missionId = await stage.post(tool);
      await answer.arrived();
      await using row = await hold(stage, MISSION);
      answer.open();
      await killAtItsWrite(stage, victim);
      await row.letGo();
      const over = await takeOver(stage, missionId);
      expect(over).toMatchObject({
        mission: { status: 'completed', attempt: 2 },
        output: expect.stringMatching(output),
      });
      expect(stepsSeen(stage)).toEqual([1, 2]);
      const { key } = stage.toolCalls[0] ?? { key: '' };
      expect(stage.toolCalls).toEqual(Array.from({ length: times }, () => ({ goal: GOAL, key })));
    },
    120_000,
  );

  it(`${racePoint('webhook answered, not recorded')} sends it once more, with the same id`, async () => {
    await using stage = await openStage();
    const { fleet, sql } = stage;
    const answer = stage.holdWebhook();
    const victim = await fleet.startWorker();
    const missionId = await stage.post();
    await answer.arrived();
    await using attempts = await hold(stage, ATTEMPTS);
    answer.open();
    await killAtItsWrite(stage, victim);
    await attempts.letGo();
    expect(fleet.webhooks).toHaveLength(1);
    // Its claim ends after half a minute; here, at once.
    await sql.query('UPDATE deliveries SET next_attempt_at = now()');
    await fleet.startWorker();
    await waitFor(async () => (await sql.query(`SELECT FROM deliveries WHERE status = 'delivered'`)).rowCount === 1, {
      timeoutMs: 60_000,
      what: 'the delivery to be recorded',
    });
    const { id } = fleet.webhooks[0] ?? { id: '' };
    expect(fleet.webhooks).toMatchObject([
      { id, data: { id: missionId, status: 'completed' } },
      { id, data: { id: missionId, status: 'completed' } },
    ]);
  }, 120_000);
});
