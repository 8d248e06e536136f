import { readConfig } from './config.ts';
import { openWorker } from './queue.ts';
import { createMissionRunner } from './run-mission.ts';
import { createStore } from './store.ts';

const config = readConfig(process.env);
const runMission = createMissionRunner(createStore(config));
const worker = openWorker(config, config.concurrency, ({ missionId }) => runMission(missionId));
worker.on('error', (error) => process.stderr.write(`${error.stack ?? error.message}\n`));
worker.on('failed', (job, error) => process.stderr.write(`${job?.id}: ${error.stack ?? error.message}\n`));
await worker.waitUntilReady();
process.stdout.write('worker ready\n');
process.once('SIGTERM', () => process.exit(0));
