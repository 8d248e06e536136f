import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const DOWN_MS = 3_000;

export const receiverFaults: Scenario = {
  name: 'receiver-faults',
  about: 'the webhook receiver answers 500, is slow, closes early, and is down for a while',
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  load: { steps: 1, latencyMs: [300, 2_000] },
  async inject({ receiver, injected, mended }) {
    receiver.setFaults({ receiver: { first: ['error', 'slow', 'close'], isDown: false } });
    await sleep(6_000);
    const broken = (await receiver.read()).filter((line) => line.kind === 'webhook' && !line.accepted).length;
    if (broken > 0) injected(`${broken} first attempts broken`);
    receiver.setFaults({ receiver: { first: [], isDown: true } });
    await sleep(DOWN_MS);
    receiver.setFaults({ receiver: { first: [], isDown: false } });
    injected(`receiver down for ${DOWN_MS} ms`);
    mended();
  },
};
