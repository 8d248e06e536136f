/**
 * What a fleet of real workers makes of a provider, as the provider counts it:
 *
 *   npm run test:limits [-- --only rate|concurrency|outage]
 *
 * `rate`: 10 calls at once and 500 requests a minute, calls of 0.5 s; `concurrency`: the same, calls of 2 s; in both one of
 * ten workers is killed in the middle. `outage`: a model that is down for 60 s, and one whose reply stops. About six
 * minutes, on a Postgres and a Redis of its own. Exits with 1 when anything is not as it should be.
 */
import { parseArgs } from 'node:util';
import { type Servers, startServers } from '../bench/servers.ts';
import { playLimited } from './limited.ts';
import { playOutage } from './outage.ts';

const log = (line: string): void => void process.stdout.write(`${line}\n`);

/** Two of the gate's windows, so that each half has its burst and its wait. */
const RATE_HALF_MS = 62_000;
const CONCURRENCY_HALF_MS = 45_000;

const SCENES: Record<string, { about: string; play(servers: Servers): Promise<boolean> }> = {
  rate: {
    about: 'calls of 0.5 s: the rate binds',
    play: (servers) => playLimited(servers, { latencyMs: 500, halfMs: RATE_HALF_MS, log }),
  },
  concurrency: {
    about: 'calls of 2 s: the concurrency binds',
    play: (servers) => playLimited(servers, { latencyMs: 2_000, halfMs: CONCURRENCY_HALF_MS, log }),
  },
  outage: {
    about: 'a model is down for 60 s, and another stops in the middle of a reply',
    play: (servers) => playOutage(servers, { outageMs: 60_000, log }),
  },
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = Object.entries(SCENES).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0) throw new Error(`--only must be one of ${Object.keys(SCENES).join(', ')}`);

await using servers = await startServers({ isProfiled: false, log: () => undefined });
let isWell = true;
for (const [name, { about, play }] of chosen) {
  log(`${name}: ${about}`);
  const ended = await play(servers);
  log(`${name}: ${ended ? 'well' : 'NOT WELL'}`);
  isWell &&= ended;
}
process.exitCode = isWell ? 0 : 1;
