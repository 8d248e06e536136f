import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { BACKENDS } from './backends.ts';
import { startFleet } from './fleet.ts';
import { type ModelServer, startModelServer } from './model-server.ts';

const OF_A_VERSION_BEFORE = `--import=${join(import.meta.dirname, 'older-worker.ts')}`;
const PLAYED = { model: 'openai/gpt-test', tools: ['calculator'] } as const;
const asUser = (content: string) => ({ role: 'user', content });
/** Messages before the goal are what only the newest version of a spec can say. */
const SPECS = {
  known: (goal: string) => ({ ...PLAYED, goal }),
  newest: (goal: string) => ({ ...PLAYED, messages: [asUser(goal), asUser('Go on.')] }),
} as const;

/** `newest 3, step 1`: whose model call it was, and which. */
const callsAt = ({ calls }: ModelServer) =>
  calls.map(({ goal, step }) => `${/\w+ \d+/.exec(goal)?.[0]}, step ${step}`).toSorted();

describe.each(BACKENDS)('a fleet on the %s queue that is half replaced', (backend) => {
  it('has each mission played once, by a worker that knows its spec; while there is none it says so, and is played soon after one has come', async () => {
    await using stack = new AsyncDisposableStack();
    // Each worker asks a model of its own: what is asked there, it has played.
    const older = stack.use(await startModelServer({ steps: 1, latencyMs: 200 }));
    const newer = stack.use(await startModelServer({ steps: 1, latencyMs: 200 }));
    const shared = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: newer.openaiUrl, WORKER_SLOTS: '4' };
    const fleet = stack.use(await startFleet(backend, shared));
    const goals: string[] = [];
    async function post(kind: keyof typeof SPECS): Promise<string> {
      const goal = `${kind} ${goals.length}`;
      goals.push(goal);
      const { status, body } = await fleet.post(SPECS[kind](goal));
      expect(status).toBe(202);
      return body.id;
    }

    await fleet.startWorker({ NODE_OPTIONS: OF_A_VERSION_BEFORE, OPENAI_BASE_URL: older.openaiUrl, WORKER_SLOTS: '4' });
    const early = await post('newest');
    const left = await waitFor(
      async () => {
        const mission = await fleet.get<{ statusReason: { code: string; message: string } | null }>(
          `/v1/missions/${early}`,
        );
        return mission.statusReason ?? undefined;
      },
      { timeoutMs: 10_000, what: 'the mission to be left alone' },
    );
    expect(left).toMatchObject({ code: 'no_worker', message: expect.stringContaining('version of its spec') });
    expect(await fleet.ended(await post('known'))).toMatchObject({ status: 'completed' });

    await fleet.startWorker();
    const ids = [early];
    for (let n = 0; n < 12; n += 1) ids.push(await post('known'));
    for (let n = 0; n < 3; n += 1) ids.push(await post('newest'));
    for (const id of ids) expect(await fleet.ended(id, 60_000)).toMatchObject({ status: 'completed' });

    const [byOlder, byNewer] = [callsAt(older), callsAt(newer)];
    expect(byOlder.filter((call) => call.startsWith('newest'))).toEqual([]);
    for (const calls of [byOlder, byNewer]) expect(calls.some((call) => call.startsWith('known'))).toBe(true);
    const once = goals.flatMap((goal) => [`${goal}, step 1`, `${goal}, step 2`]);
    expect([...byOlder, ...byNewer].toSorted()).toEqual(once.toSorted());
  }, 120_000);
});
