/**
 * Every shared duration and count, its unit in its name and its reason beside it.
 * What a deployment may change is in the apps' `config.ts`; what is here holds the guarantees together.
 */

/** Four heartbeats fit into a lease, so that two lost ones and a slow third do not cost a worker its missions. */
export const HEARTBEAT_EVERY_MS = 3_000;
export const LEASE_EXPIRES_AFTER_MS = 12_000;

/** A bell that was never rung, or lost with Redis, is rung again within this time. */
export const SWEEP_EVERY_MS = 2_000;
/** A sweep that finds more stops here, so that it never holds locks for long; the next takes the rest. */
export const SWEEP_BATCH_ROWS = 500;
/**
 * A sweep takes what comes due before the next one can have looked, and rings it at its moment. With one worker the next
 * sweep comes with its second heartbeat from now.
 */
export const SWEEP_LOOKS_AHEAD_MS = 2 * HEARTBEAT_EVERY_MS;
/** A bell may lie in a deep queue for long; ringing again is harmless, but each one costs a queue entry. */
export const RING_AGAIN_AFTER_MS = 10_000;

/** What need not be looked at with every sweep: counters against the truth, and retention. */
export const HOUSEKEEPING_EVERY_MS = 30_000;

/** How often the backlog of each pool is counted; whoever scales by it looks every 15 s. */
export const BACKLOG_EVERY_MS = 5_000;
/** Counted longer ago, there is no worker to count it: whoever wants to know counts. */
export const BACKLOG_STALE_AFTER_MS = 15_000;

/** From SIGTERM: in-flight model calls may finish, then they are aborted and their step is repeated elsewhere. */
export const DRAIN_GRACE_MS = 25_000;

/** Goes at one step that may fail by themselves before the mission fails with the last error's code. */
export const STEP_TRIES = 3;
/** Steps in a row that may make the same call with the same arguments; a model that goes on is stuck. */
export const SAME_CALL_STEPS_MAX = 3;
/** Messages that a model is shown beside its instructions: the last ones, and always the goal. */
export const HISTORY_WINDOW_MESSAGES = 50;
/** What a summary is made of at most beside the one before, in characters, and how long it may be, in tokens. */
export const SUMMARY_OF_MAX_CHARS = 120_000;
export const SUMMARY_MAX_TOKENS = 1_500;
export const STEP_BACKOFF_FIRST_MS = 500;
export const STEP_BACKOFF_CAP_MS = 60_000;
/**
 * How long a step waits for a provider that is down, overloaded or limits it, counted from the first such failure, before
 * these count like any other. An outage of ten minutes must fail no mission, and its end is noticed up to a minute late.
 */
export const PROVIDER_PATIENCE_MS = 900_000;
/** A shorter wait keeps its slot, a longer one gives it up: a release and a new claim cost two commits and a bell. */
export const WAIT_IN_PLACE_UP_TO_MS = 5_000;

/** A model that fails this often in a row is left alone for so long; each try after that which fails doubles it. */
export const BREAKER_OPENS_AFTER = 5;
export const BREAKER_OPEN_FIRST_MS = 5_000;
export const BREAKER_OPEN_CAP_MS = 30_000;

/**
 * A mission that saw this many workers die without a step in between is a suspect: it runs as the only suspect on its
 * worker. Only a death in that state is the one too many, so that whoever shares a worker with a mission that kills
 * workers is not condemned with it.
 */
export const WORKER_DEATHS_UNTIL_SUSPECT = 2;
export const WORKER_DEATHS_UNTIL_POISONED = 3;
/**
 * While other workers die too, a suspect has the benefit of the doubt up to this many: whoever kills them (a node that
 * goes, a memory that runs out) may have killed its worker as well. In the failure suite's loop of SIGKILLs, three of
 * 800 missions that had done nothing were condemned without it.
 */
export const WORKER_DEATHS_AT_MOST = 6;

/**
 * The journals a worker keeps of missions that left it unfinished, in case they come back: enough for those it runs at
 * once on a large machine, and a small part of the memory of the smallest.
 */
export const HISTORIES_KEPT_MAX = 2_000;
export const HISTORIES_KEPT_BYTES = 64_000_000;

/** Progress means new tokens, not keep-alive bytes. */
export const MODEL_FIRST_TOKEN_TIMEOUT_MS = 30_000;
export const MODEL_NEXT_TOKEN_TIMEOUT_MS = 30_000;
/** Stands in for both while the model is known to think without showing it. */
export const MODEL_REASONING_TIMEOUT_MS = 300_000;
export const MODEL_CALL_TIMEOUT_MS = 600_000;

/** How long a model's reply is good for the same question, where a deployment has the cache on. */
export const RESPONSE_CACHED_FOR_MS = 3_600_000;
/** Longer ones are not kept: they are rare, and few of them would crowd out many. */
export const RESPONSE_CACHE_MAX_CHARS = 262_144;

/** Whoever is asked for an answer or an approval has a week; then the call comes back as one that nobody answered. */
export const ASK_EXPIRES_AFTER_MS = 7 * 86_400_000;
/** Characters of one reply, thinking included: beyond any model's own limit. A server that has none must not fill us. */
export const MODEL_REPLY_MAX_CHARS = 4_194_304;

export const TOOL_TIMEOUT_MS = 60_000;
/** What the model is shown of a tool's output, in bytes of UTF-8; the whole is stored. */
export const TOOL_OUTPUT_SHOWN_BYTES = 10_240;
/** What is stored of a tool's output. */
export const TOOL_OUTPUT_STORED_BYTES = 1_048_576;

/** Standard Webhooks asks for 15–30 s. */
export const DELIVERY_TIMEOUT_MS = 15_000;
/** A claimed delivery whose worker died is due again after this; longer than the call can take. */
export const DELIVERY_CLAIM_MS = 30_000;
/** Waits between delivery attempts; the example schedule of Standard Webhooks 1.0.0: ten attempts over three days. */
export const DELIVERY_SCHEDULE_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** The longest that a receiver's Retry-After is honoured, and the longest wait there is. */
export const DELIVERY_WAIT_MAX_MS = 86_400_000;
/**
 * Deliveries to one endpoint that are under way at once, in the whole fleet; and how many before its first success, and
 * while nothing but failures come back.
 */
export const DELIVERIES_PER_ENDPOINT = 10;
export const DELIVERIES_PER_UNPROVEN_ENDPOINT = 1;
/**
 * After so many attempts in a row that failed or took this long, an endpoint is a slow one, as it is before its first
 * success: all slow ones together have half of a worker's delivery slots, so that the others always find one free.
 */
export const ENDPOINT_STRIKES_UNTIL_SLOW = 5;
export const DELIVERY_SLOW_AFTER_MS = 2_000;
/**
 * Deliveries to all the slow endpoints of one account that are under way at once, in the whole fleet: as many as one
 * endpoint may have, so that a slow one that does answer keeps its pace, and few enough that whoever names addresses that
 * hang leaves the slow endpoints of others their half of the slots.
 */
export const DELIVERIES_TO_SLOW_PER_ACCOUNT = 10;
/**
 * An endpoint that has failed for this long without one success is disabled, and its account told. Svix waits as long.
 * But not before so many strikes, which one delivery's attempts make: two failures with days of silence between them say
 * nothing of those days.
 */
export const ENDPOINT_DISABLED_AFTER_MS = 5 * 86_400_000;
export const ENDPOINT_STRIKES_UNTIL_DISABLED = 10;
/** How long an API process remembers which endpoint a mission's webhook stands for. */
export const ENDPOINT_KNOWN_FOR_MS = 60_000;
/**
 * An endpoint that missions named is deleted so long after the last of them, and after the last request that was about to
 * name it, unless one does by then: many times what a request can take that has seen it, or had it in its memory.
 */
export const ENDPOINT_SPARE_FOR_MS = 3_600_000;
/** How long the secret before signs beside a new one, unless the rotation says otherwise. */
export const PREVIOUS_SECRET_VALID_SECONDS = 86_400;
/** What is kept of a receiver's answer. */
export const DELIVERY_RESPONSE_KEPT_BYTES = 1_024;
/** A terminal event's webhook carries the output up to this size; beyond it the receiver fetches the mission. */
export const WEBHOOK_OUTPUT_UP_TO_BYTES = 8_192;

/** A bell the queue cannot take in this time is left to the sweep. */
export const RING_TIMEOUT_MS = 500;
/** Bells on their way at once in one process; beyond it they are left to the sweep. */
export const RINGS_PENDING_MAX = 2_000;

/** How long a key check may be answered from memory: a revoked key is refused after this at the latest. */
export const API_KEY_CACHE_MS = 5_000;

/** How often it is written down which keys are in use: when a key was last used is known to the minute. */
export const KEY_USE_TOLD_EVERY_MS = 60_000;

/** How long the list of pools may be answered from memory: a new pool is known after this at the latest. */
export const POOLS_CACHE_MS = 3_000;

/** How long the list of the fleet's own tools may be answered from memory: a new one may be named after this. */
export const FLEET_TOOLS_CACHE_MS = 3_000;

/** How long an endpoint that missions name is taken to be enabled still: disabled, their POSTs are refused after this. */
export const MISSION_ENDPOINT_CACHE_MS = 3_000;

/** How long a count of an account's queued missions is good for, and how long where the cap is near. */
export const BACKLOG_COUNT_MS = 1_000;
export const BACKLOG_COUNT_NEAR_CAP_MS = 100;
/** Within so many of the cap it is near. About one batch. */
export const BACKLOG_NEAR_CAP_MISSIONS = 500;

/** How long a request with an Idempotency-Key is remembered: whoever tries again does so within a day. */
export const IDEMPOTENCY_KEPT_MS = 86_400_000;
/** How long a request waits for the one with the same key that is still being stored. */
export const IDEMPOTENCY_WAIT_MS = 2_000;
/** After which nobody is at work on a request any more: the API cuts each off after 300 s. */
export const IDEMPOTENCY_CLAIM_MS = 330_000;
