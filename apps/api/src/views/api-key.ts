import type { KeyFacts, MadeKey } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime, toTimeOrNull } from './time.ts';

/** A key without what makes it one. `replacedBy`: the key that was made in its place. */
export const apiKeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()),
    createdAt: timeView,
    expiresAt: timeView.nullable(),
    revokedAt: timeView.nullable(),
    lastUsedAt: timeView.nullable(),
    replacedBy: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' });

/** A key as it was just made: the one answer that holds it. */
export const madeApiKeyView = apiKeyView.extend({ key: z.string() }).meta({ id: 'MadeApiKey' });

/** The key that was made, and until when the one it takes the place of goes on. */
export const rotatedApiKeyView = madeApiKeyView
  .extend({ replaces: z.object({ id: z.string(), expiresAt: timeView }) })
  .meta({ id: 'RotatedApiKey' });

export function toApiKeyView(facts: KeyFacts): z.infer<typeof apiKeyView> {
  return {
    id: facts.id,
    name: facts.name,
    prefix: facts.prefix,
    scopes: facts.scopes,
    createdAt: toTime(facts.createdAt),
    expiresAt: toTimeOrNull(facts.expiresAt),
    revokedAt: toTimeOrNull(facts.revokedAt),
    lastUsedAt: toTimeOrNull(facts.lastUsedAt),
    replacedBy: facts.replacedBy,
  };
}

export function toMadeApiKeyView({ key, facts }: MadeKey): z.infer<typeof madeApiKeyView> {
  return { ...toApiKeyView(facts), key };
}
