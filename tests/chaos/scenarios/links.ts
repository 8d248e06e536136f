import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { LinkName } from '../stage/backend.ts';

const LINKS = ['api-queue', 'worker-queue', 'database', 'model-server', 'receiver'] as const satisfies LinkName[];
const LATENCY_MS = 40;
const SWALLOWED_FOR_MS = 8_000;
/**
 * How often each link is cut. A step has three goes at its model call, and a webhook that failed twice rests for five
 * minutes: one cut more, and missions fail as they should.
 */
const CUTS: Record<LinkName, number> = {
  'api-queue': 5,
  'worker-queue': 5,
  database: 6,
  'model-server': 2,
  receiver: 2,
};

export const linkLatency: Scenario = {
  name: 'link-latency',
  about: 'every way to Postgres, the queue, the model server and the webhook receiver takes 40 ms longer, each way',
  backends: ['redis', 'postgres'],
  links: LINKS,
  async inject({ link, injected, mended }) {
    for (const name of LINKS) link(name).setLatency(LATENCY_MS);
    await sleep(12_000);
    const untouched = LINKS.filter((name) => link(name).delayed() === 0);
    for (const name of LINKS) {
      if (link(name).delayed() > 0) injected(`${name}: ${link(name).delayed()} chunks delayed`);
      link(name).setLatency(0);
    }
    mended();
    return () => untouched.map((name) => `void: nothing went over ${name}`);
  },
};

export const linkCut: Scenario = {
  name: 'link-cut',
  about: 'connections to Postgres, the queue, the model server and the receiver are reset, one link at a time',
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  links: LINKS,
  async inject({ link, random, isShort, injected }) {
    const untouched = new Set<LinkName>(LINKS);
    const rounds = LINKS.flatMap((name) => Array.from({ length: isShort ? 2 : CUTS[name] }, () => name));
    for (const name of random.shuffle(rounds)) {
      const count = link(name).cut();
      if (count > 0) {
        injected(`${name}: ${count} connections reset`);
        untouched.delete(name);
      }
      await sleep(random.between(200, 800));
    }
    return () => [...untouched].map((name) => `void: ${name} had no connection to cut`);
  },
};

export const repliesLost: Scenario = {
  name: 'postgres-replies-lost',
  about: 'Postgres commits what it is told, and its replies never arrive before the connection breaks',
  backends: ['redis', 'postgres'],
  short: ['redis'],
  links: ['database'],
  load: { perSecond: 25 },
  async inject({ link, isShort, injected }) {
    const wire = link('database');
    for (let round = 0; round < (isShort ? 5 : 8); round++) {
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
  about: 'on each link in turn, replies, requests or both are swallowed for 8 s, and no end is told',
  backends: ['redis', 'postgres'],
  links: LINKS,
  async inject({ link, random, injected, mended }) {
    const ways = random.shuffle([['down'], ['up'], ['up', 'down'], ['down'], ['up']] as const);
    const untouched: LinkName[] = [];
    for (const [index, name] of random.shuffle(LINKS).entries()) {
      const directions = ways[index] ?? [];
      const before = link(name).swallowed();
      link(name).swallow(...directions);
      await sleep(SWALLOWED_FOR_MS);
      link(name).swallow();
      mended();
      if (link(name).swallowed() > before) injected(`${name}: ${directions.join(' and ')} swallowed`);
      else untouched.push(name);
      await sleep(2_000);
    }
    return () => untouched.map((name) => `void: nothing was swallowed on ${name}`);
  },
};
