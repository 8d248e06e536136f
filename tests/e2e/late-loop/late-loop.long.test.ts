import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Fleet, type MissionView, startFleet } from '../fleet.ts';

const QUICK = { goal: 'x', model: 'sim/load', modelOptions: { steps: 0 } };
const HELD = { goal: 'x', model: 'sim/load', modelOptions: { steps: 0, latencyMs: 60_000 } };
const BUSY = { goal: 'x', model: 'sim/load', modelOptions: { steps: 1 } };

const statusOf = async (fleet: Fleet, id: string) => (await fleet.get<MissionView>(`/v1/missions/${id}`)).status;

/** Posts a mission and waits until it runs. */
async function postRunning(fleet: Fleet, mission: object): Promise<string> {
  const { id } = (await fleet.post(mission)).body;
  await waitFor(async () => (await statusOf(fleet, id)) === 'running', { what: 'the mission to run' });
  return id;
}

it('a worker whose event loop is late leaves missions to another though it has slots, and takes them again afterwards', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-busy-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const until = join(dir, 'over');
  const fleet = stack.use(await startFleet('redis'));
  const other = await fleet.startWorker({ WORKER_SLOTS: '1' });
  const held = await postRunning(fleet, HELD);

  // The other has its one slot full: this one is the late one's.
  const late = await fleet.startWorker({
    TOOLS_DIR: join(import.meta.dirname, 'tools'),
    BUSY_UNTIL: until,
    PAUSE_LOOP_DELAY_MS: '100',
  });
  const busy = await postRunning(fleet, BUSY);
  await waitFor(() => late.output().includes('takes no missions'), { timeoutMs: 15_000, what: 'the pause' });
  const { id } = (await fleet.post(QUICK)).body;
  // Longer than a loop so late needs to fetch a bell and to claim its mission, and shorter than a pause.
  await sleep(3_000);
  expect(await statusOf(fleet, id)).toBe('queued');
  await fleet.move(held, 'cancel');
  expect(await fleet.ended(id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(await statusOf(fleet, busy)).toBe('running');

  await writeFile(until, '');
  expect(await fleet.ended(busy)).toMatchObject({ status: 'completed', attempt: 1 });
  await other.stop();
  const again = await fleet.post(QUICK);
  expect(await fleet.ended(again.body.id)).toMatchObject({ status: 'completed', attempt: 1 });
}, 90_000);
