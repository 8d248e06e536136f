import { createAgentPool, createMemoryWorkspace, createStop, createTools, type Provider } from '@flotilla/agent';
import { isTerminal } from '@flotilla/core';
import { createLogger } from '@flotilla/platform';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import type { Fixture } from '../db/fixture.ts';
import { priceOf } from './provider.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const FACTS = {
  historyLoaded: () => undefined,
  stepCommitted: () => undefined,
  stepCompleted: () => undefined,
  fenced: () => undefined,
};

const notHere = () => Promise.reject(new Error('not in this test'));
const store = { read: notHere, write: notHere };
const tools = createTools({
  fetch: notHere,
  workspace: createMemoryWorkspace(),
  plan: store,
  memory: store,
  outputs: store,
  search: null,
  isModelAllowed: () => true,
});

export type TestWorker = {
  id: string;
  /** Answers a mission's bell as a worker does: claim, play, leave. */
  run(missionId: string): Promise<void>;
  /** As SIGKILL does it: from here on nothing is begun, and of what is under way nobody hears any more. */
  die(): void;
};

/**
 * A worker's own code over the real database, which can die at any moment. Its death is seen from the database's side
 * exactly as a process's is: a statement on its way may still be carried out, and nothing comes after it.
 */
export async function createTestWorker(
  f: Fixture,
  provider: Provider,
  ring: (missionId: string, afterMs?: number) => void,
) {
  const id = await f.newWorker();
  // Nothing is to end it but its death, however slow the machine is: it has no heartbeat.
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 day' WHERE id = $1`, [id]);
  const { db } = f;
  let isDead = false;

  function mortal<Arguments extends unknown[], Result>(work: (...given: Arguments) => Promise<Result>) {
    return (...given: Arguments) =>
      new Promise<Result>((resolve, reject) => {
        if (isDead) return;
        work(...given).then(
          (result) => !isDead && resolve(result),
          (error: unknown) => !isDead && reject(error),
        );
      });
  }

  const play = createMissionPlayer({
    openSecrets: () => [],
    db: {
      ...db,
      steps: {
        ...db.steps,
        commitResponse: mortal(db.steps.commitResponse),
        startToolCall: mortal(db.steps.startToolCall),
        commitToolResult: mortal(db.steps.commitToolResult),
        read: mortal(db.steps.read),
      },
      budgets: { reserve: mortal(db.budgets.reserve), giveBack: mortal(db.budgets.giveBack) },
    },
    providers: () => ({ name: provider.name, call: mortal(provider.call) }),
    agents: createAgentPool({ tools }),
    patienceMs: 60_000,
    priceOf,
    facts: FACTS,
    teller: { events: () => undefined, delta: () => undefined },
  });
  const claim = mortal(db.lease.claim);
  const leave = mortal(db.lease.leave);

  const worker: TestWorker = {
    id,
    async run(missionId) {
      const mission = await claim({ missionId, workerId: id });
      if (mission === 'not_ours') return;
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => !isDead, onAgain: () => undefined };
      const move = await play({ mission, owner, stop: createStop(), live, logger, onProgress: () => undefined });
      const left = move && (await leave({ ...owner, ...move }));
      if (left === null || left === 'fenced') return;
      if (left.status === 'queued' && move?.status === 'queued') ring(missionId, move.afterMs);
      if (left.status === 'waiting' && move?.status === 'waiting') for (const child of move.children) ring(child.id);
      if (!isTerminal(left.status)) return;
      for (const bell of (await db.missions.settle([left])).bells) ring(bell.missionId);
    },
    die() {
      isDead = true;
    },
  };
  return worker;
}
