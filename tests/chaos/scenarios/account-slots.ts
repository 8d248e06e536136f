import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { WitnessLine } from '../witness/log.ts';

const SLOTS = 10;

export const accountSlots: Scenario = {
  name: 'account-slots',
  about: "1,000 claims race for one account's 10 slots",
  backends: ['redis', 'postgres'],
  load: { burst: 1_000, perSecond: 2, steps: 0, latencyMs: [50, 150] },
  maxRunning: SLOTS,
  async inject({ postgres, databaseUrl, client, injected }) {
    const [row] = await postgres.query<{ refused: number }>(
      databaseUrl,
      `SELECT count(*)::int AS refused FROM missions WHERE status = 'queued' AND status_code = 'account_limit'`,
    );
    if (row && row.refused > 0) injected(`${row.refused} of ${client.accepted().length} claims were turned away`);
    await sleep(3_000);
    return (_, lines) => {
      const most = mostAtOnce(lines);
      // A limit that is never reached would be held by running nothing.
      return most === SLOTS ? [] : [`${most} model calls at once, with ${SLOTS} slots`];
    };
  },
};

/** A mission of one call runs for as long as its call, and a moment more. */
function mostAtOnce(lines: readonly WitnessLine[]): number {
  let open = 0;
  let most = 0;
  for (const line of lines) {
    if (line.kind === 'model') open += 1;
    if (line.kind === 'model_end') open -= 1;
    most = Math.max(most, open);
  }
  return most;
}
