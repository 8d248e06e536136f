import { parentPort, workerData } from 'node:worker_threads';
import { watchLoop } from '../loop-watch.ts';
import { type Pace, startStreamingModel } from '../streaming-model.ts';
import type { FromModel, ToModel } from './model.ts';

const pace: Pace = workerData;
const begun = Promise.withResolvers<void>();
const loop = watchLoop();
const model = await startStreamingModel({ ...pace, begins: begun.promise });
const say = (message: FromModel) => parentPort?.postMessage(message, []);

parentPort?.on('message', (told: ToModel) => {
  switch (told) {
    case 'begin':
      return begun.resolve();
    case 'tell':
      return say({ kind: 'told', written: model.written(), loopDelayMs: loop.delayMs(99) });
  }
});
say({ kind: 'listens', url: model.url });
