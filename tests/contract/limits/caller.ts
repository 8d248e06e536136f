import { setTimeout as sleep } from 'node:timers/promises';
import { createProviderGate, type KeyLimits } from '@flotilla/agent';
import { openStore, type StorePlace } from './stores.ts';

/** A process that calls the witness as fast as the limits let it, until it is told to stop. */
type Task = StorePlace & { witnessUrl: string; limits: KeyLimits; lanes: number };

/** A permit of the dead must not be found later than it is there. */
const WAIT_AT_MOST_MS = 500;

const task: Task = JSON.parse(process.env.TASK ?? '{}');
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const store = openStore(task);
const { limits, documents } = { ...task, ...store };
const gate = createProviderGate({ name: 'witness', keys: ['key'], limits, documents });
process.stdout.write('calling\n');

async function callOnce(): Promise<void> {
  const admitted = await gate.acquire({ tokens: 0, waitMs: 2_000, signal: stop.signal });
  if (admitted.kind === 'wait') return sleep(Math.min(admitted.afterMs, WAIT_AT_MOST_MS));
  const { permit } = admitted;
  const wasSent = permit.isFresh();
  if (wasSent) await fetch(task.witnessUrl, { method: 'POST', body: String(process.pid) });
  permit.release({ wasSent, tokens: 0 });
}

await Promise.all(
  Array.from({ length: task.lanes }, async () => {
    while (!stop.signal.aborted) await callOnce().catch(() => undefined);
  }),
);
await gate.close();
await store.close();
