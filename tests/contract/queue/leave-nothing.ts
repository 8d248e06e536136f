import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { missionBell, openBench, until } from './bench.ts';

/** A process of its own: uses a queue, closes it, and must then end by itself. */
const [kind, url, prefix, state] = process.argv.slice(2);
const USAGE = 'usage: redis|postgres url prefix up|down|dies';
if ((kind !== 'redis' && kind !== 'postgres') || !url || !prefix) throw new Error(USAGE);

const bench = openBench({ backend: { kind, url }, prefix });
const { heard } = bench.listen();
if (state === 'down') {
  await bench.queue.ring(missionBell('mis_1'));
  await sleep(500);
} else {
  await bench.queue.migrate();
  await bench.queue.ring(missionBell('mis_1'));
  await until(() => heard.length === 1, 'the bell heard');
}
writeSync(1, `heard ${heard.length}\n`);
let ring = 1;
if (state === 'dies') {
  await until(async () => {
    ring += 1;
    return !(await bench.queue.ring(missionBell('mis_1', { ring })));
  }, 'the server gone');
}
await bench.queue.close();
