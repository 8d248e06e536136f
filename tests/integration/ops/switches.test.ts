import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../e2e/fleet.ts';
import { waitFor } from '../../harness/index.ts';
import { ADMIN_KEY, callOps } from './call-ops.ts';
import { opsUrlOf } from './ops.ts';

type Worker = { id: string; running: number; isDraining: boolean };
type Steps = { data: { toolCalls: { output: string; isError: boolean }[] }[] };

const SLOTS = 2;
const slow = (steps: number) => ({ goal: 'x', model: 'sim/load', modelOptions: { steps, latencyMs: 1_000 } });

let fleet: Fleet;
let url: string;

beforeAll(async () => {
  fleet = await startFleet('redis', { OPS_PORT: '0', FLOTILLA_ADMIN_KEY: ADMIN_KEY, WORKER_SLOTS: String(SLOTS) });
  url = await opsUrlOf(fleet.api);
  await Promise.all([
    fleet.startWorker({ WORKER_SLOTS: String(SLOTS) }),
    fleet.startWorker({ WORKER_SLOTS: String(SLOTS) }),
  ]);
});

afterAll(() => fleet[Symbol.asyncDispose]());

const turn = (path: string, body: object) => callOps(`${url}/admin/${path}`, { method: 'POST', body });
const switches = async () => JSON.parse((await callOps(`${url}/admin/switches`)).text);
const workers = async (): Promise<Worker[]> => JSON.parse((await callOps(`${url}/admin/workers`)).text).workers;
const postMany = (count: number, mission: object) =>
  Promise.all(Array.from({ length: count }, async () => (await fleet.post(mission)).body.id));

function untilRunning(what: string, wanted: Record<string, number>) {
  return waitFor(
    async () => (await workers()).every(({ id, running }) => wanted[id] === undefined || wanted[id] === running),
    { what, timeoutMs: 30_000 },
  );
}

describe('an operator', () => {
  it('drains one worker, whose missions go on elsewhere, and lets it take some again', async () => {
    const first = await postMany(2 * SLOTS, slow(4));
    const [one, other] = await waitFor(
      async () => {
        const all = await workers();
        return all.length === 2 && all.every(({ running }) => running === SLOTS) ? all : undefined;
      },
      { what: 'both workers to be full' },
    );
    if (!one || !other) throw new Error('there are two workers');
    expect((await turn(`workers/${one.id}`, { draining: true })).status).toBe(200);
    await untilRunning('it to be empty', { [one.id]: 0 });
    expect((await workers()).find(({ id }) => id === one.id)).toMatchObject({ isDraining: true });
    expect((await switches()).workers).toEqual([one.id]);
    for (const id of first) expect((await fleet.ended(id, 60_000)).status).toBe('completed');

    // Enough of them that some are left when it hears that it may take some again.
    const second = await postMany(4 * SLOTS, slow(3));
    await untilRunning('the other to be full', { [other.id]: SLOTS });
    expect((await workers()).find(({ id }) => id === one.id)?.running).toBe(0);
    await turn(`workers/${one.id}`, { draining: false });
    await untilRunning('it to take missions again', { [one.id]: SLOTS });
    for (const id of second) expect((await fleet.ended(id, 60_000)).status).toBe('completed');
    expect((await turn('workers/wrk_nobody', { draining: true })).status).toBe(404);
  }, 120_000);

  it('holds an account back and lets it go on, with the limit it had', async () => {
    expect(JSON.parse((await turn('paused-accounts/test', { paused: true })).text)).toMatchObject({
      paused: true,
      maxRunning: 1_000,
    });
    expect((await turn('paused-accounts/test', { paused: true })).status).toBe(200);
    expect((await switches()).accounts).toEqual(['test']);
    const [id = ''] = await postMany(1, slow(0));
    const reason = await waitFor(
      async () => (await fleet.get<{ statusReason: { code: string } | null }>(`/v1/missions/${id}`)).statusReason,
      { what: 'it to be turned away' },
    );
    expect(reason.code).toBe('account_limit');
    expect(JSON.parse((await turn('paused-accounts/test', { paused: false })).text)).toMatchObject({
      paused: false,
      maxRunning: 1_000,
    });
    expect((await fleet.ended(id)).status).toBe('completed');
    expect((await turn('paused-accounts/nobody', { paused: true })).status).toBe(404);
  });

  it('holds the missions of an agent back, and lets them go on', async () => {
    await fleet.put('/v1/agents/triage', { model: 'sim/load', instructions: 'Sort.' });
    const off = { account: 'test', off: true };
    expect(JSON.parse((await turn('agents/triage', off)).text)).toEqual({ ...off, name: 'triage' });
    expect((await switches()).agents).toEqual([{ account: 'test', name: 'triage' }]);
    const [id = ''] = await postMany(1, { goal: 'x', agent: 'triage' });
    const reason = await waitFor(
      async () => (await fleet.get<{ statusReason: { code: string } | null }>(`/v1/missions/${id}`)).statusReason,
      { what: 'it to be turned away' },
    );
    expect(reason.code).toBe('agent_off');
    expect((await turn('agents/triage', { ...off, off: false })).status).toBe(200);
    expect((await fleet.ended(id)).status).toBe('completed');
    expect((await turn('agents/nobody', off)).status).toBe(404);
    expect((await turn('agents/triage', { account: 'nobody', off: true })).status).toBe(404);
  });

  it('switches a tool off: it is not run, its model is told, and the mission goes on', async () => {
    const post = async (pool = 'default') =>
      (await postMany(1, { goal: 'x', model: 'sim/load', modelOptions: { steps: 1 }, pool }))[0] ?? '';
    const resultOf = async (id: string) => {
      expect((await fleet.ended(id)).status).toBe('completed');
      const { data } = await fleet.get<Steps>(`/v1/missions/${id}/steps`);
      return data[0]?.toolCalls[0];
    };
    await turn('tools/sim_work', { off: true });
    expect((await switches()).tools).toEqual(['sim_work']);
    // Workers hear of it with their next heartbeat.
    const refused = await waitFor(
      async () => {
        const result = await resultOf(await post());
        return result?.isError === true && result;
      },
      { what: 'the tool to be off' },
    );
    expect(refused.output).toContain('switched off');
    // One that starts meanwhile has a mission in hand before its first heartbeat.
    await turn('pools/fresh', { create: true });
    const waiting = await post('fresh');
    await fleet.startWorker({ WORKER_POOLS: 'fresh' });
    expect((await resultOf(waiting))?.output).toContain('switched off');
    await turn('tools/sim_work', { off: false });
    await waitFor(async () => (await resultOf(await post()))?.isError === false, { what: 'the tool to be on again' });
  });

  it.each(['paused-accounts/test', 'agents/x', 'tools/x', 'workers/x'])('is told what to send to %s', async (path) => {
    for (const body of [{}, { paused: 'yes' }, { off: 1 }, { draining: null }, []]) {
      expect((await turn(path, body)).status).toBe(422);
    }
  });
});
