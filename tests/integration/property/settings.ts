/*
 * How much is tried, and what exactly. `PROPERTY_RUNS=500` tries longer; a failure prints its seed and path, and
 * `PROPERTY_SEED=… PROPERTY_PATH=… PROPERTY_REPLAY=…` (its `replayPath`) replays it. Moves made at once are interleaved by the servers: those a seed brings
 * back, but not the moment at which they met. `PROPERTY_SHRINK=0` reports the first failure as it was drawn.
 */
const replayPath = process.env['PROPERTY_REPLAY'];
export const replay = { ...(replayPath !== undefined && { replayPath }) };

export function settings(name: string, runsByDefault: number) {
  const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const path = process.env['PROPERTY_PATH'];
  const numRuns = Number(process.env['PROPERTY_RUNS'] ?? runsByDefault);
  process.stdout.write(`${name}: PROPERTY_SEED=${seed} PROPERTY_RUNS=${numRuns}\n`);
  return { seed, numRuns, endOnFailure: process.env['PROPERTY_SHRINK'] === '0', ...(path !== undefined && { path }) };
}
