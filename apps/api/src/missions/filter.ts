import { momentSchema, storableText } from '@flotilla/core';

/** From `createdAfter` on, and before `createdBefore`. */
export const createdRange = { createdAfter: momentSchema.optional(), createdBefore: momentSchema.optional() };

/** A code or a tag, as it was given. */
export const filterText = storableText(100);
