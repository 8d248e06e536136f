import type { Delta } from '@flotilla/core';
import type { StoredEvent } from '@flotilla/db';
import { toEventView } from '../views/event.ts';

/**
 * Server-sent events as the HTML standard has them (§9.2). A browser's EventSource connects again by itself, after the
 * time that `retry` says, and sends the last id it has seen.
 */
export const OPENING = 'retry: 1000\n\n';

/** Something for proxies and clients to see; EventSource passes it over. */
export const KEEP_ALIVE = ': keep-alive\n\n';

/** JSON holds no line break, so that each is one line of data. */
export function toEventFrame(event: StoredEvent): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(toEventView(event))}\n\n`;
}

/** Without an id: who connects again goes on from the last event. */
export function toDeltaFrame({ step, attempt, try: go, offset, text }: Delta): string {
  return `event: delta\ndata: ${JSON.stringify({ step, attempt, try: go, offset, text })}\n\n`;
}
