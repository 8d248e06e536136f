import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../harness/wait-for.ts';
import type { Scenario } from '../scenario.ts';

const BROKEN_AT_LEAST = 12;
/** Shorter than the shortest wait before a second attempt: what fails twice rests for minutes. */
const DOWN_MS = 1_500;

export const receiverFaults: Scenario = {
  name: 'receiver-faults',
  about: 'the webhook receiver answers 500, is slow, closes early, and is down for a while',
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  load: { steps: 1, latencyMs: [300, 2_000] },
  async inject({ receiver, postgres, databaseUrl, injected, mended }) {
    const fate = receiver.setFaults;
    fate({ receiver: { first: ['error', 'slow', 'close'], isDown: false } });
    const countBroken = async () =>
      (await receiver.read()).filter((line) => line.kind === 'webhook' && !line.accepted).length;
    const countFailedOnce = async () => {
      const [failed] = await postgres.query<{ count: number }>(
        databaseUrl,
        `SELECT count(*)::int AS count FROM deliveries d WHERE status = 'pending'
           AND EXISTS (SELECT FROM delivery_attempts a WHERE a.delivery_id = d.id)`,
      );
      return failed?.count ?? 0;
    };
    await waitFor(async () => (await countBroken()) >= BROKEN_AT_LEAST, {
      what: 'webhooks to break',
      timeoutMs: 40_000,
    });
    fate({ receiver: { first: [], isDown: false } });
    injected(`${await countBroken()} first attempts broken`);
    // A webhook that failed twice rests for five minutes: whatever failed in one phase is through before the next.
    await waitFor(async () => (await countFailedOnce()) === 0, { what: 'second attempts', timeoutMs: 60_000 });
    fate({ receiver: { first: [], isDown: true } });
    const downAt = new Date();
    await sleep(DOWN_MS);
    fate({ receiver: { first: [], isDown: false } });
    mended();
    const [refused] = await postgres.query<{ count: number }>(
      databaseUrl,
      `SELECT count(*)::int AS count FROM delivery_attempts WHERE response_status IS NULL AND started_at >= $1`,
      [downAt],
    );
    const count = refused?.count ?? 0;
    if (count > 0) injected(`receiver down for ${DOWN_MS} ms: ${count} attempts refused`);
    return () => (count > 0 ? [] : ['void: nothing was sent while the receiver was down']);
  },
};
