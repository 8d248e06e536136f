import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../harness/wait-for.ts';
import type { Scenario } from '../scenario.ts';
import type { LinkName } from '../stage/backend.ts';
import type { Load } from '../stage/load.ts';
import type { Stage } from '../stage/stage.ts';

const LINKS = ['api-queue', 'worker-queue', 'database', 'model-server', 'receiver'] as const satisfies LinkName[];
const LATENCY_MS = 40;
const SWALLOWED_FOR_MS = 8_000;
/** How often each of these is cut. */
const CUTS = 5;
/** A webhook that failed twice rests for five minutes. */
const RECEIVER_CUTS = 2;
const SETTLES_WITHIN_MS = 3_000;

/** Missions end, and so webhooks travel, before every link has something to hurt. */
const LOAD = { steps: 1, perSecond: 20, latencyMs: [800, 3_000] } satisfies Partial<Load>;
const untilWebhooksTravel = ({ receiver }: Stage) =>
  waitFor(async () => (await receiver.read()).length > 0, { what: 'the first webhook', timeoutMs: 60_000 });

export const linkLatency: Scenario = {
  name: 'link-latency',
  about: 'every way to Postgres, the queue, the model server and the webhook receiver takes 40 ms longer, each way',
  backends: ['redis', 'postgres'],
  links: LINKS,
  load: LOAD,
  async inject(stage) {
    const { link, injected, mended } = stage;
    await untilWebhooksTravel(stage);
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
  links: LINKS,
  load: LOAD,
  async inject(stage) {
    const { link, random, injected } = stage;
    await untilWebhooksTravel(stage);
    const untouched = new Set<LinkName>(LINKS);
    const cut = async (name: LinkName, waitMs: number) => {
      const count = link(name).cut();
      if (count > 0) {
        injected(`${name}: ${count} connections reset`);
        untouched.delete(name);
      }
      await sleep(waitMs);
    };
    const often = (['api-queue', 'worker-queue', 'database', 'receiver'] as const).flatMap((name) =>
      Array.from({ length: name === 'receiver' ? RECEIVER_CUTS : CUTS }, () => name),
    );
    // A step has three goes at its model call; one that was cut off twice, and once more on its way, fails as it should.
    await cut('model-server', SETTLES_WITHIN_MS);
    for (const name of random.shuffle(often)) await cut(name, random.between(200, 800));
    await cut('model-server', 0);
    return () => [...untouched].map((name) => `void: ${name} had no connection to cut`);
  },
};

export const repliesLost: Scenario = {
  name: 'postgres-replies-lost',
  about: 'Postgres commits what it is told, and its replies never arrive before the connection breaks',
  backends: ['redis', 'postgres'],
  short: ['redis'],
  links: ['database'],
  load: { perSecond: 20 },
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
  load: LOAD,
  async inject(stage) {
    const { link, random, injected, mended } = stage;
    await untilWebhooksTravel(stage);
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
