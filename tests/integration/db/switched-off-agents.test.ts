import type { AgentDefinition } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

const NAME = 'triage';
const DEFINITION: AgentDefinition = { model: 'sim/load', instructions: 'Sort.' };

async function putAgent(f: Fixture, definition = DEFINITION): Promise<string> {
  return (await f.db.agents.put({ accountId: f.accountId, name: NAME, definition })).agent.id;
}
const turn = (f: Fixture, off: boolean) => f.db.switches.setAgentOff({ account: 'test', agent: NAME, off });
const isClaimed = async (f: Fixture, missionId: string, workerId: string) =>
  (await f.db.lease.claim({ missionId, workerId })) !== 'not_ours';

async function codeOf(f: Fixture, missionId: string): Promise<string | null> {
  return (await f.db.missions.read(f.accountId, missionId))?.statusReason?.code ?? null;
}
const dueOnes = async (f: Fixture) =>
  (await f.db.sweep.takeDueMissions('default', 100)).bells.map(({ missionId }) => missionId).toSorted();

describe('an agent that is switched off', () => {
  it('keeps its missions queued, says so, and lets all of them go on when it is on again', async () => {
    await using f = await createFixture();
    const [agentId, workerId] = [await putAgent(f), await f.newWorker()];
    const before = await f.newMission({ agentId });
    const running = await f.newRunning({ agentId });
    expect(await turn(f, true)).toEqual({ account: 'test', name: NAME, off: true });
    expect(await turn(f, true)).toMatchObject({ off: true });
    // At once, without a worker: all slots may be busy with others.
    expect(await codeOf(f, before)).toBe('agent_off');
    const after = await f.newMission({ agentId });
    for (const missionId of [before, after]) {
      expect(await isClaimed(f, missionId, workerId)).toBe(false);
      expect(await codeOf(f, missionId)).toBe('agent_off');
      expect(await f.db.missions.queuePlace(f.accountId, missionId)).toMatchObject({ blockedBy: 'agent_off' });
    }
    expect(await f.statusOf(running.missionId)).toBe('running');
    expect((await f.db.switches.list()).agents).toEqual([{ account: 'test', name: NAME }]);

    await turn(f, false);
    expect((await f.db.switches.list()).agents).toEqual([]);
    expect(await codeOf(f, before)).toBeNull();
    expect(await dueOnes(f)).toEqual([before, after].toSorted());
    for (const missionId of [before, after]) expect(await isClaimed(f, missionId, workerId)).toBe(true);
  });

  it('stays off in the versions to come, and in the chains that name it', async () => {
    await using f = await createFixture();
    await putAgent(f);
    await turn(f, true);
    const newer = await putAgent(f, { ...DEFINITION, instructions: 'Sort well.' });
    const workerId = await f.newWorker();
    expect(await isClaimed(f, await f.newMission({ agentId: newer }), workerId)).toBe(false);

    const limits = { maxSteps: 10, maxOutputTokens: 100 };
    const stage = { model: 'sim/load', instructions: null, tools: [] };
    const inChain = await f.newMission({
      spec: {
        goal: 'x',
        modelOptions: {},
        limits,
        ...stage,
        chain: [
          { ...stage, name: 'first' },
          { ...stage, name: 'then', agent: { id: newer, name: NAME, version: 2 } },
        ],
      },
    });
    expect(await isClaimed(f, inChain, workerId)).toBe(false);
    expect(await codeOf(f, inChain)).toBe('agent_off');
    await turn(f, false);
    // Told by no batch, since it has no agent of its own: the sweep asks.
    await f.sql.query(`UPDATE missions SET rung_at = NULL WHERE id = $1`, [inChain]);
    expect(await dueOnes(f)).toContain(inChain);
    expect(await isClaimed(f, inChain, workerId)).toBe(true);
  });

  it('is in nobody’s way: others take the account’s room, the sweep rings them, and no worker is asked for', async () => {
    await using f = await createFixture();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    const agentId = await putAgent(f);
    const other = await f.newRunning({ priority: 1 });
    const off = await f.newMission({ agentId, priority: 1 });
    const workerId = await f.newWorker();
    await f.db.lease.claim({ missionId: off, workerId });
    expect(await codeOf(f, off)).toBe('account_limit');
    await turn(f, true);
    const next = await f.newMission();
    await f.db.lease.claim({ missionId: next, workerId });
    await f.db.lease.leave({ ...other, status: 'completed', output: '' });
    expect(await f.db.lease.wake([f.accountId])).toMatchObject([{ missionId: next }]);

    await f.sql.query('UPDATE missions SET rung_at = NULL');
    expect(await dueOnes(f)).toEqual([next]);
    await f.db.sweep.countPoolBacklogs();
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ due: 1, runnable: 1 });
  });

  it('is the account’s alone, and has to be there', async () => {
    await using f = await createFixture();
    await putAgent(f);
    const { id: accountId } = await f.db.accounts.create({
      name: 'other',
      tier: 'paid',
      maxRunning: 10,
      webhookSecret: 'sealed',
    });
    const { agent } = await f.db.agents.put({ accountId, name: NAME, definition: DEFINITION });
    await turn(f, true);
    expect(await isClaimed(f, await f.newMission({ accountId, agentId: agent.id }), await f.newWorker())).toBe(true);
    expect(await f.db.switches.setAgentOff({ account: 'test', agent: 'nobody', off: true })).toBeNull();
    expect(await f.db.switches.setAgentOff({ account: 'nobody', agent: NAME, off: true })).toBeNull();
  });
});
