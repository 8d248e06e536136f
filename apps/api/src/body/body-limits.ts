import { BODY_MAX_BYTES, BODY_MAX_DEPTH, BODY_MAX_KEYS } from '@flotilla/core';

/** What a body may hold; checked before it is parsed. */
export type BodyLimits = { maxBytes: number; maxDepth: number; maxKeys: number };

export const BODY_LIMITS: BodyLimits = { maxBytes: BODY_MAX_BYTES, maxDepth: BODY_MAX_DEPTH, maxKeys: BODY_MAX_KEYS };
