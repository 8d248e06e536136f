import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const LINKS = ['api-queue', 'worker-queue', 'database'] as const;

export const linkLatency: Scenario = {
  name: 'link-latency',
  about: 'every way to Postgres and to the queue takes 40 ms longer, each way',
  backends: ['redis', 'postgres'],
  links: LINKS,
  async inject({ link, injected, mended }) {
    for (const name of LINKS) link(name).setLatency(40);
    await sleep(12_000);
    for (const name of LINKS) {
      if (link(name).delayed() > 0) injected(`${name}: ${link(name).delayed()} chunks delayed`);
      link(name).setLatency(0);
    }
    mended();
  },
};

export const linkCut: Scenario = {
  name: 'link-cut',
  about: 'connections to Postgres and to the queue are reset, one link at a time, every half second',
  backends: ['redis', 'postgres'],
  links: LINKS,
  async inject({ link, random, injected }) {
    for (let round = 0; round < 20; round++) {
      const name = random.pick(LINKS);
      const count = link(name).cut();
      if (count > 0) injected(`${name}: ${count} connections reset`);
      await sleep(random.between(200, 800));
    }
  },
};

export const repliesLost: Scenario = {
  name: 'postgres-replies-lost',
  about: 'Postgres commits what it is told, and its replies never arrive before the connection breaks',
  backends: ['redis', 'postgres'],
  short: ['redis'],
  links: ['database'],
  load: { perSecond: 25 },
  async inject({ link, injected }) {
    const wire = link('database');
    for (let round = 0; round < 8; round++) {
      const before = wire.swallowed();
      wire.swallow('down');
      await sleep(300);
      wire.swallow();
      const count = wire.cut();
      const bytes = wire.swallowed() - before;
      if (bytes > 0) injected(`${count} connections reset, ${bytes} bytes of replies lost`);
      await sleep(1_000);
    }
  },
};

export const linkHalfOpen: Scenario = {
  name: 'link-half-open',
  about: 'replies, then requests, then both are swallowed on each link in turn, and no end is told',
  backends: ['redis', 'postgres'],
  links: LINKS,
  async inject({ link, random, injected, mended }) {
    for (const directions of [['down'], ['up'], ['up', 'down']] as const) {
      const name = random.pick(LINKS);
      const before = link(name).swallowed();
      link(name).swallow(...directions);
      await sleep(8_000);
      link(name).swallow();
      mended();
      if (link(name).swallowed() > before) injected(`${name}: ${directions.join(' and ')} swallowed for 8 s`);
      await sleep(2_000);
    }
  },
};
