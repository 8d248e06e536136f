import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const ROUNDS = 3;

export const apiKilledBeforeRing: Scenario = {
  name: 'api-killed-before-ring',
  about: 'the API is killed with missions committed and answered whose bells never left it',
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  links: ['api-queue'],
  async inject({ fleet, link, client, injected }) {
    const wire = link('api-queue');
    for (let round = 0; round < ROUNDS; round++) {
      const before = wire.swallowed();
      const accepted = client.accepted().length;
      // What the API sends to the queue is swallowed: it has committed, and has not rung.
      wire.swallow('up');
      await sleep(400);
      const api = fleet.api();
      api.signal('SIGKILL');
      const { signal } = await api.exited;
      const unrung = client.accepted().length - accepted;
      const wasUnrung = wire.swallowed() > before && unrung > 0;
      if (signal === 'SIGKILL' && wasUnrung) injected(`API killed, ${unrung} bells unrung`);
      wire.swallow();
      wire.cut();
      await fleet.startApi();
      await sleep(1_000);
    }
  },
};
