import { Agent } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { watchLoop } from '../loop-watch.ts';
import { runClosedLoop } from '../open-loop.ts';
import { readStream } from './read-stream.ts';
import type { FromReaders, ReadersOf, Tally } from './readers.ts';

const OPENED_AT_ONCE = 40;

const { apiUrl, apiKey, missionIds, withinMs }: ReadersOf = workerData;
const say = (message: FromReaders) => parentPort?.postMessage(message, []);
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
const tally: Tally = { events: 0, lost: 0, twice: 0, unended: 0, eventsMs: [], fragmentsMs: [] };
const streams: Promise<void>[] = [];
const deadline = setTimeout(() => agent.destroy(), withinMs);

await runClosedLoop({
  total: missionIds.length,
  width: OPENED_AT_ONCE,
  async call(index) {
    const url = `${apiUrl}/v1/missions/${missionIds[index]}/events`;
    const { hasBegun, hasEnded } = readStream({ url, apiKey, agent, tally });
    streams.push(hasEnded);
    await hasBegun;
  },
});
const loop = watchLoop();
say({ kind: 'open' });
await Promise.all(streams);
clearTimeout(deadline);
say({ kind: 'ended', tally, loopDelayMs: loop.delayMs(99) });
