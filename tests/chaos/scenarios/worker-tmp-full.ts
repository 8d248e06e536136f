import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const FULL_MS = 10_000;

export const workerTmpFull: Scenario = {
  name: 'worker-tmp-full',
  about: "the workers' TMPDIR is full for 10 s: tools fail and say so to the model, missions go on, workers start",
  backends: ['redis', 'postgres'],
  volume: { holds: 'worker-tmp', megabytes: 32 },
  workerEnv: { CHAOS_SCRATCH_BYTES: '16384' },
  async inject({ volume, fleet, sink, injected, mended }) {
    const bytes = await volume().fill();
    const fullAt = Date.now();
    await fleet.startWorker();
    await sleep(Math.max(0, fullAt + FULL_MS - Date.now()));
    const freeBytes = await volume().freeBytes();
    await volume().empty();
    mended();
    const victims = (await sink.read()).filter((line) => line.kind === 'tool' && line.trouble === 'ENOSPC');
    if (victims.length > 0) injected(`${bytes} bytes taken, ${freeBytes} left; ${victims.length} tool calls failed`);
    return (_, lines) => {
      const strange = lines.filter((line) => line.kind === 'tool' && line.trouble && line.trouble !== 'ENOSPC');
      return strange.length > 0 ? [`${strange.length} tool calls failed for another reason`] : [];
    };
  },
};
