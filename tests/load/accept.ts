/**
 * How long `POST /v1/missions` takes at a steady rate, against an API that is already there:
 *
 *   FLOTILLA_URL=http://127.0.0.1:4100 FLOTILLA_API_KEY=fl_live_… node tests/load/accept.ts
 *
 * RATE (requests a second, 200), SECONDS (10), CONNECTIONS (20) and P95_MS (50) say otherwise. Exits with 1 when the
 * 95th percentile is above P95_MS, or when anything but 202 was answered.
 */
import autocannon from 'autocannon';

const env = (name: string, fallback: string): string => process.env[name] ?? fallback;

const url = env('FLOTILLA_URL', 'http://127.0.0.1:4100');
const key = env('FLOTILLA_API_KEY', '');
const p95Ms = Number(env('P95_MS', '50'));
const latenciesMs: number[] = [];

const run = autocannon({
  url: `${url}/v1/missions`,
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body: JSON.stringify({ goal: 'load', model: 'sim/load', modelOptions: { steps: 0 }, tags: ['load'] }),
  connections: Number(env('CONNECTIONS', '20')),
  overallRate: Number(env('RATE', '200')),
  duration: Number(env('SECONDS', '10')),
});
// Autocannon's own table leaves the 95th percentile out.
void run.on('response', (...[, , , tookMs]) => latenciesMs.push(tookMs));
const result = await run;

latenciesMs.sort((a, b) => a - b);
const percentile = (share: number): number => latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? Number.NaN;
const accepted = result['2xx'];
const refused = result.non2xx + result.errors + result.timeouts;
const figures = [50, 90, 95, 99].map((percent) => `p${percent} ${percentile(percent / 100).toFixed(1)} ms`).join(', ');
process.stdout.write(
  [
    `${accepted} accepted (${Math.round(accepted / result.duration)}/s), ${refused} not`,
    `${figures}, max ${percentile(1).toFixed(1)} ms; p97.5 counted from when each was due: ${result.latency.p97_5} ms\n`,
  ].join('\n'),
);
process.exitCode = refused === 0 && accepted > 0 && percentile(0.95) < p95Ms ? 0 : 1;
