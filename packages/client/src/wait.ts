import type { Api } from './api.ts';
import { FlotillaError, isPassing } from './errors.ts';
import type { MissionResult } from './generated/api.ts';
import { createPatience } from './patience.ts';
import type { Sleep } from './sleep.ts';

export type WaitOptions = {
  signal?: AbortSignal | undefined;
  /** How long to wait altogether, in milliseconds; by default as long as it takes. The last answer may be a second late. */
  timeoutMs?: number | undefined;
};

/** Below the minute after which many proxies hang up. The API takes up to 55. */
const POLL_SECONDS = 50;
/** What an answer may take beyond the time it waits. */
const ANSWER_WITHIN_MS = 15_000;
/** The same of the last one, for which its caller's time is over. */
const LAST_ANSWER_WITHIN_MS = 1_000;

type Deps = { api: Api; sleep: Sleep; random: () => number };

/**
 * What has come of a mission, as soon as it has ended, however that is: `status` says it. A mission that waits for
 * somebody's answer is waited for too.
 * @throws {FlotillaError} `timed_out` when it has not ended in time; the mission goes on
 */
export async function waitForResult(
  { api, sleep, random }: Deps,
  missionId: string,
  { signal, timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions,
): Promise<MissionResult> {
  const until = Date.now() + timeoutMs;
  const patience = createPatience({ sleep, random, signal });
  for (;;) {
    const askedAt = Date.now();
    const leftMs = Math.max(0, until - askedAt);
    const wait = Math.min(POLL_SECONDS, Math.floor(leftMs / 1_000));
    let failure: FlotillaError | undefined;
    try {
      const asked = { params: { missionId }, query: { wait } };
      const withinMs = Math.min(wait * 1_000 + ANSWER_WITHIN_MS, leftMs + LAST_ANSWER_WITHIN_MS);
      const options = { signal, timeoutMs: withinMs, maxRetries: 0 };
      const result = await api.call('GET /v1/missions/{missionId}/result', asked, options);
      if (result.finishedAt !== null) return result;
    } catch (error) {
      if (!isPassing(error)) throw error;
      failure = error;
    }
    const now = Date.now();
    if (now >= until) {
      const detail = `The mission ${missionId} has not ended within ${timeoutMs} ms. It goes on.`;
      throw new FlotillaError({ code: 'timed_out', detail }, { cause: failure });
    }
    // An answer that came early is of an API that is about to stop: another one is to be asked, in a moment.
    const isEarly = now - askedAt < wait * 900;
    if (failure !== undefined || isEarly) await patience.wait({ error: failure, notAfter: until });
    else patience.reset();
    // Less than a second is left, for which the API cannot be asked to wait.
    if (failure === undefined && wait === 0) await sleep(until - now, signal);
  }
}
