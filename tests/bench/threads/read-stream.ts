import { type Agent, request } from 'node:http';
import { isTerminalEvent } from '@flotilla/core';
import { createSseReader, type SseFrame } from '../../harness/sse-reader.ts';
import { clockMs, writtenAt } from '../streaming-model.ts';
import type { Tally } from './readers.ts';

export type ReadStream = {
  /** Resolves with its first event, or when it could not be opened. */
  hasBegun: Promise<void>;
  hasEnded: Promise<void>;
};

/** Reads one mission's stream to its end, and adds what it sees to the tally. */
export function readStream(options: { url: string; apiKey: string; agent: Agent; tally: Tally }): ReadStream {
  const { url, apiKey, agent, tally } = options;
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${apiKey}` };
  let openedAt = Number.POSITIVE_INFINITY;
  let last = 0;
  let hasTerminal = false;

  function takeEvent({ id, event, data }: SseFrame): void {
    const sequence = Number(id);
    if (sequence <= last) tally.twice += 1;
    else tally.lost += sequence - last - 1;
    last = Math.max(last, sequence);
    tally.events += 1;
    hasTerminal ||= isTerminalEvent(event);
    const createdAt = Date.parse(textOf(data, 'createdAt'));
    if (createdAt > openedAt) tally.eventsMs.push(clockMs() - createdAt);
    begun.resolve();
  }

  function takeDelta({ data }: SseFrame): void {
    const now = clockMs();
    for (const at of writtenAt(textOf(data, 'text'))) tally.fragmentsMs.push(now - at);
  }

  function end(isByItself: boolean): void {
    if (!isByItself || !hasTerminal) tally.unended += 1;
    begun.resolve();
    ended.resolve();
  }

  request(url, { agent, headers }, (response) => {
    openedAt = clockMs();
    const take = createSseReader({ event: (frame) => (frame.id === null ? takeDelta(frame) : takeEvent(frame)) });
    response.setEncoding('utf8').on('data', take);
    response.once('close', () => end(response.complete && response.statusCode === 200));
    response.on('error', () => undefined);
  })
    // Before there was an answer; later on the response tells.
    .on('error', () => {
      if (openedAt === Number.POSITIVE_INFINITY) end(false);
    })
    .end();
  return { hasBegun: begun.promise, hasEnded: ended.promise };
}

function textOf(data: unknown, field: string): string {
  const found = new Map<string, unknown>(typeof data === 'object' && data ? Object.entries(data) : []).get(field);
  return typeof found === 'string' ? found : '';
}
