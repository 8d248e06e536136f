import { openBench } from './bench.ts';

/** A process of its own: sends stop signals and closes at once, after which it must end by itself. */
const [kind, url, prefix, ...missionIds] = process.argv.slice(2);
const USAGE = 'usage: redis|postgres url prefix ids';
if ((kind !== 'redis' && kind !== 'postgres') || !url || !prefix) throw new Error(USAGE);

const { queue } = openBench({ backend: { kind, url }, prefix });
for (const missionId of missionIds) queue.signals.send({ kind: 'stop', missionId });
await queue.close();
