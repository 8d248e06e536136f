import type { StoredEvent } from '@flotilla/db';
import { toTime } from './time.ts';

/** One numbered fact about a mission. */
export function toEventView(event: StoredEvent) {
  return { sequence: event.sequence, type: event.type, data: event.data, createdAt: toTime(event.createdAt) };
}
