import {
  momentSchema,
  PREVIOUS_SECRET_VALID_SECONDS,
  PREVIOUS_SECRET_VALID_SECONDS_MAX,
  storableText,
  TERMINAL_EVENT,
  WEBHOOK_DESCRIPTION_MAX_CHARS,
  WEBHOOK_EVENT_TYPES,
  WEBHOOK_URL_MAX_CHARS,
} from '@flotilla/core';
import { z } from 'zod';

const eventTypes = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .transform((types) => [...new Set(types)]);
const url = storableText(WEBHOOK_URL_MAX_CHARS);
const description = storableText(WEBHOOK_DESCRIPTION_MAX_CHARS).nullable();

/** A new endpoint; where it does not say, it hears of the ends of missions. */
export const newEndpointSchema = z.strictObject({
  url,
  eventTypes: eventTypes.default(Object.values(TERMINAL_EVENT)),
  description: description.default(null),
  enabled: z.boolean().default(true),
});

/** What is left out stays as it is. */
export const endpointChangeSchema = z.strictObject({
  url: url.optional(),
  eventTypes: eventTypes.optional(),
  description: description.optional(),
  enabled: z.boolean().optional(),
});

/** How long the secret before signs beside the new one; 0: it ends now. */
export const rotationSchema = z.strictObject({
  previousValidForSeconds: z.int().min(0).max(PREVIOUS_SECRET_VALID_SECONDS_MAX).default(PREVIOUS_SECRET_VALID_SECONDS),
});

/** Which of the failed deliveries are to be sent again: those of events from this moment on. */
export const recoverySchema = z.strictObject({
  since: momentSchema,
});
