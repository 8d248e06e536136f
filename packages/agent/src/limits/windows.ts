/** The log counts in pieces of this length; a piece counts until its end is a window ago. */
export const BUCKET_MS = 250;

/** A permit not used within this time of asking for it is given back, and another asked for. */
export const SEND_WITHIN_MS = 750;
/** And this long a request may be under way to the provider. */
const ARRIVES_WITHIN_MS = 750;

/**
 * The provider counts a minute from when a request arrives, we from when it was granted. What arrives in any 60 s was
 * granted in the 60 s and the time from grant to arrival before them, and so much is the window longer: it costs 2.4 %
 * of the limit, and is why the limit holds as the provider sees it.
 */
export const LOG_WINDOW_MS = 60_000 + SEND_WITHIN_MS + ARRIVES_WITHIN_MS;

/**
 * At most a tenth of the minute's requests in about a tenth of the minute. Without it a fleet would spend its minute in
 * the first seconds and wait for the rest of it; providers enforce their minute in shorter pieces, too
 * (https://platform.claude.com/docs/en/api/rate-limits). A little shorter than a tenth, so that it is never what binds.
 */
export const PACE_PARTS = 10;
export const PACE_WINDOW_MS = 5_500;

/** A process that waits says so again in this time, or its place is given up. */
export const WAITING_SEEN_MS = 1_500;
/** Who waits longer than another by this goes before it; less is not worth handing a permit to another process for. */
export const FAIR_WITHIN_MS = 1_000;
/** How often the first in line looks whether a call of another process has ended; the second half as often, and so on. */
export const POLL_MS = 40;
export const POLL_CAP_MS = 400;
