import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineTool } from '@flotilla/agent';
import { z } from 'zod';

/** Several times what the worker of this test may be late by. */
const TURN_MS = 400;

/** A tool that computes where it should not: on the event loop, until there is a file. It takes the place of the simulator's own. */
export const busy = defineTool({
  name: 'sim_work',
  description: 'Computes.',
  input: z.object({ step: z.int() }),
  idempotent: true,
  timeoutMs: 60_000,
  async run() {
    while (!existsSync(process.env['BUSY_UNTIL'] ?? '')) {
      const end = performance.now() + TURN_MS;
      while (performance.now() < end);
      await nextTurn();
    }
    return 'done';
  },
});
