import { z } from 'zod';
import { sleep } from '../../abortable.ts';
import type { RunnableTool } from '../../tool.ts';
import { defineTool } from '../../tool.ts';
import { filler } from './filler.ts';

/** The one tool `sim/load` calls. */
export const SIM_WORK = 'sim_work';

const simWork = defineTool({
  name: SIM_WORK,
  description: 'Simulated work for load and failure tests: waits `latencyMs`, then returns `outputBytes` of text.',
  input: z.object({
    step: z.int().min(1),
    latencyMs: z.int().min(0).max(3_600_000).optional(),
    outputBytes: z.int().min(0).max(1_000_000).optional(),
  }),
  idempotent: true,
  untrusted: false,
  // Longer than the longest `toolLatencyMs` a mission may ask for: a load test chooses its own duration.
  timeoutMs: 3_700_000,
  async run({ step, latencyMs, outputBytes }, { signal }) {
    signal.throwIfAborted();
    if (latencyMs) await sleep(latencyMs, signal);
    return outputBytes ? filler(outputBytes) : `sim_work finished step ${step}`;
  },
});

/** The simulator's tools. A mission on `sim/load` must name them in `tools`. */
export function createSimTools(): RunnableTool[] {
  return [simWork];
}
