import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { judgeTurnedAway } from '../turned-away.ts';

const AHEAD_MS = 3_600_000;
/** Longer than a wait in place, and than a key rests where nobody says for how long. */
const RETRY_AFTER_SECONDS = 6;

export const clockAhead: Scenario = {
  name: 'clock-ahead',
  about: "one worker's clock is an hour ahead, another's an hour behind; retries and webhooks go on",
  backends: ['redis', 'postgres'],
  async inject({ fleet, models, dir, injected, mended }) {
    const preload = `--import=${join(import.meta.dirname, '../stage/skewed-clock.ts')}`;
    for (const skewMs of [AHEAD_MS, -AHEAD_MS]) {
      const { name } = await fleet.startWorker({ NODE_OPTIONS: preload, CHAOS_SKEW_MS: String(skewMs) });
      const [first = '{}'] = (await readFile(join(dir, `${name}.log`), 'utf8')).split('\n');
      const offMs = Date.parse(JSON.parse(first).at) - Date.now();
      if (Math.abs(offMs - skewMs) < 60_000) injected(`${name} tells a time that is ${offMs} ms off`);
    }
    // Whoever is turned away gives its slot up, and comes back at a time that is the database's.
    models.setFaults({ model: { share: 0.3, how: 'rate_limit', retryAfterSeconds: RETRY_AFTER_SECONDS } });
    await sleep(8_000);
    models.setFaults({ model: null });
    mended();
    return (_, lines) => {
      const { goes, problems } = judgeTurnedAway(lines, RETRY_AFTER_SECONDS * 1_000);
      return goes === 0 ? ['void: nobody was turned away, and nobody came back'] : problems;
    };
  },
};
