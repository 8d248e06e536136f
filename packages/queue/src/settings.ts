/** What BullMQ is told, and the package's own small durations. Those that hold guarantees are in core's tunables. */

/** Nothing correct depends on BullMQ's lock: long, so that hundreds of long missions are not renewed all the time. */
export const LOCK_MS = 60_000;
export const STALLED_EVERY_MS = 30_000;
/** The default, 1, fails a job at its worker's second death, and 0 attempts are left to bring it back. */
export const STALLED_MAX = 1_000_000;
/** BullMQ waits 15 s after a refused connection; a returned server is noticed sooner. */
export const FETCH_AGAIN_AFTER_MS = 1_000;
/** BullMQ appends every move to an event log that nobody here reads. */
export const EVENTS_KEPT = 100;

/** An idle Redis worker asks again this often; bounds the delay of a bell whose marker was lost. */
export const REDIS_POLL_SECONDS = 2;
/** An idle Postgres worker runs four short queries a round: 1.4 transactions a second in all, measured. */
export const POSTGRES_POLL_SECONDS = 5;

/** A server that failed this many rings in a row is left alone for a second, and its rings to the sweep. */
export const CIRCUIT_FAILURES = 5;
export const CIRCUIT_OPEN_MS = 1_000;

/** The same error is reported once in this time. */
export const ERROR_REPORT_EVERY_MS = 1_000;

/** More errors than this from one worker in a second are a hot loop: it rests, longer each time, then tries again. */
export const STORM_ERRORS_PER_SECOND = 5;
export const REST_FIRST_MS = 1_000;
export const REST_CAP_MS = 5_000;
/** A worker that could not be opened is opened again after this, doubled each time up to the cap of a rest. */
export const REOPEN_FIRST_MS = 250;

/** A consumer with free slots that fetched nothing for this long, while bells wait, is deaf. */
export const DEAF_AFTER_MS = 10_000;
export const WATCH_EVERY_MS = 5_000;

/** Closing a connection is given this long, then it is cut. */
export const CLOSE_TIMEOUT_MS = 1_000;
/** A worker's connection that sent something and heard nothing for this long is half open, and made anew. */
export const WORKER_TIMEOUT_MS = 10_000;

/** Signals gather this long behind one that is sent: at most 50 NOTIFYs a second from a process. */
export const SIGNAL_EVERY_MS = 20;
/** A server that did not take a message is sent none for this long. */
export const SIGNAL_REST_MS = 1_000;
export const SIGNALS_PENDING_MAX = 2_000;
/** A silent connection for signals is asked for a sign of life this often, and is made anew without one. */
export const SIGNAL_PING_EVERY_MS = 10_000;
export const SIGNAL_PING_TIMEOUT_MS = 5_000;
/** A lost connection for signals is made anew after this, doubled each time up to the cap. */
export const SIGNAL_REOPEN_FIRST_MS = 100;
export const SIGNAL_REOPEN_CAP_MS = 1_000;

/** Whoever follows a mission says so again this often, and is taken to follow it for so long. */
export const FOLLOW_AGAIN_EVERY_MS = 10_000;
export const FOLLOWED_FOR_MS = 25_000;
/** Says so of at most this many missions in a second: stop signals travel the same way. */
export const FOLLOW_AGAIN_A_SECOND = 500;
/** Followed missions that a process remembers; beyond it, those heard of longest ago are forgotten. */
export const FOLLOWED_MAX = 20_000;
/** A NOTIFY takes 7,999 bytes, and a character may take six of them. */
export const DELTA_MAX_CHARS = 1_000;

/** A slot that is kept for a consumer which does not use it for this long is open to the others. */
export const SATED_AFTER_MS = 500;
