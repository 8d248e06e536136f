/** The bounds of what a request may ask for. Counted before parsing where the parser itself could be hurt. */
export const BODY_MAX_BYTES = 262_144;
export const BODY_MAX_DEPTH = 32;
export const BODY_MAX_KEYS = 1_000;
/** Missions that one request may bring, and what its body may hold; each of them is bounded as if it came alone. */
export const BATCH_MAX = 1_000;
export const BATCH_BODY_MAX_BYTES = 8_388_608;
export const BATCH_BODY_MAX_KEYS = 100_000;

export const IDEMPOTENCY_KEY_MAX_CHARS = 255;
export const DEDUPE_KEY_MAX_CHARS = 255;
export const GOAL_MAX_CHARS = 100_000;
/** Of a conversation that a mission is posted with. More than its model is ever shown at once. */
export const MESSAGES_MAX = 100;
export const INSTRUCTIONS_MAX_CHARS = 100_000;
export const TOOLS_MAX = 64;
export const TOOL_DESCRIPTION_MAX_CHARS = 4_000;
/** Of all the tools that one agent or mission declares: every one of its model calls carries them. */
export const DECLARED_TOOLS_MAX_CHARS = 100_000;
/** Of a tool that is called over HTTP; one that takes longer is better asked for its answer. */
export const TOOL_TIMEOUT_MAX_MS = 300_000;
export const TOOL_ANSWER_MAX_SECONDS = 30 * 86_400;
export const TAGS_MAX = 20;
export const TAG_MAX_CHARS = 100;
export const METADATA_MAX_KEYS = 50;
export const METADATA_VALUE_MAX_CHARS = 1_000;
export const PAGE_MAX = 100;
export const PAGE_DEFAULT = 20;

/** How long a request for a mission's result may wait for its end. Proxies often give up after a minute. */
export const RESULT_WAIT_MAX_SECONDS = 55;

export const API_KEY_NAME_MAX_CHARS = 100;
/** Keys that an account may use at once; as many again may go on beside those in their place. */
export const API_KEYS_MAX = 100;
/** Of those that are of no use any more, an account's list keeps so many, the newest. */
export const API_KEYS_OVER_KEPT = 1_000;
/** How long a rotated key goes on beside the one in its place: time to hand the new one out. */
export const KEY_OVERLAP_DEFAULT_SECONDS = 86_400;
export const KEY_OVERLAP_MAX_SECONDS = 30 * 86_400;
/** A mission's token stands in addresses, which are written down in many places: it is soon of no use. */
export const MISSION_TOKEN_MIN_SECONDS = 1;
export const MISSION_TOKEN_DEFAULT_SECONDS = 900;
export const MISSION_TOKEN_MAX_SECONDS = 3_600;

/** How far ahead a mission may be put: 400 days. */
export const AHEAD_MAX_SECONDS = 400 * 86_400;

export const MAX_STEPS_DEFAULT = 50;
export const MAX_STEPS_MAX = 1_000;
export const MAX_OUTPUT_TOKENS_DEFAULT = 8_192;
export const MAX_OUTPUT_TOKENS_MAX = 128_000;

/** The most a budget can be: all of them are exact in a JSON number. */
export const BUDGET_USD_MAX = 1_000_000;
export const BUDGET_TOKENS_MAX = 1_000_000_000_000;
export const BUDGET_SECONDS_MAX = 34_560_000;

export const CHAIN_STAGES_MAX = 20;
/** Models that an agent falls back on when its own cannot be had. */
export const FALLBACK_MODELS_MAX = 5;
export const STAGE_NAME_MAX_CHARS = 100;
export const POOL_NAME_MAX_CHARS = 63;
/** Missions that one bulk action takes; more are taken by asking again. */
export const BULK_MAX = 1_000;
/** Missions under missions: how deep, and how many one mission may start in its life. */
export const CHILD_DEPTH_MAX = 3;
export const CHILDREN_MAX = 100;

/** Endpoints that an account may have of its own: each event is owed to every one that subscribed to it. */
export const WEBHOOK_ENDPOINTS_MAX = 50;
export const WEBHOOK_URL_MAX_CHARS = 2_000;
export const WEBHOOK_DESCRIPTION_MAX_CHARS = 500;
/** How long the secret before may sign beside a new one. */
export const PREVIOUS_SECRET_VALID_SECONDS_MAX = 7 * 86_400;
/** Deliveries that one recovery sends off anew; more are sent by asking again. */
export const RECOVER_MAX = 1_000;

/** Priority 1 is served first. 0 is kept for missions taken over from a dead worker. */
export const PRIORITY_FIRST = 1;
export const PRIORITY_LAST = 9;
export const PRIORITY_DEFAULT = 5;

/** What a mission's workspace may hold; it is loaded whole where a shell works on it. */
export const WORKSPACE_FILES_MAX = 500;
export const WORKSPACE_FILE_BYTES_MAX = 1_048_576;
export const WORKSPACE_BYTES_MAX = 16_777_216;
export const WORKSPACE_PATH_MAX_CHARS = 300;

/** A plan is shown whole with every change of it. */
export const PLAN_ITEMS_MAX = 100;
export const PLAN_ITEM_MAX_CHARS = 500;
/** What a session remembers is recalled whole. */
export const MEMORIES_MAX = 100;
export const MEMORY_KEY_MAX_CHARS = 100;
export const MEMORY_MAX_CHARS = 4_000;
