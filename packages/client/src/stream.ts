import { FlotillaError } from './errors.ts';
import type { Event } from './generated/api.ts';
import { toPath } from './path.ts';
import { createPatience } from './patience.ts';
import type { Sleep } from './sleep.ts';
import { createEventParser, type ServerEvent } from './sse.ts';
import { createTimeLimit } from './time-limit.ts';
import { connectionFailed, type Transport } from './transport.ts';

/**
 * What a mission's model writes, as it writes it. `offset` counts the characters of the same reply before it: 0 begins a
 * reply, and what came before in the same step is void. Some may be missing; the whole text is in the step.
 */
export type Delta = {
  kind: 'delta';
  type: 'delta';
  step: number;
  attempt: number;
  try: number;
  offset: number;
  text: string;
};

export type StreamItem = (Event & { kind: 'event' }) | Delta;

export type StreamOptions = {
  signal?: AbortSignal | undefined;
  /** The `sequence` of the last event that is known already. */
  after?: number | undefined;
};

/** The API says something every 15 s; a connection that is silent for so long is dead. */
const SILENCE_MAX_MS = 45_000;

/** What the API's streams ask for themselves (`retry`). */
const RECONNECT_AFTER_MS = 1_000;

const TERMINAL: ReadonlySet<string> = new Set(['mission.completed', 'mission.failed', 'mission.cancelled']);

type Deps = { transport: Pick<Transport, 'open'>; sleep: Sleep; random: () => number };

/**
 * A mission's events in order, each once, and what its model writes in between, until its terminal event. A connection
 * that breaks off is made again from the last event on.
 * @throws {FlotillaError} when the API refuses, or is away for longer than a minute or two; `invalid_response` when
 * something else answers
 */
export async function* streamMission(
  { transport, sleep, random }: Deps,
  missionId: string,
  { signal, after = 0 }: StreamOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const path = toPath('/v1/missions/{missionId}/events', { missionId });
  const patience = createPatience({ sleep, random, signal });
  let last = after;
  for (;;) {
    let failure: FlotillaError | undefined;
    const limit = createTimeLimit(SILENCE_MAX_MS, signal);
    const onLife = () => {
      limit.renew();
      patience.reset();
    };
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(last) };
      const request = { method: 'GET', path, headers, takesToken: true };
      const response = await transport.open(request, { signal: limit.signal });
      // It has ended, and there is nothing that is not known already.
      if (response.status === 204) return;
      if (!isEventStream(response)) throw notAStream(response);
      for await (const item of itemsOf(response, { after: last, onLife })) {
        if (item.kind === 'event') last = item.sequence;
        yield item;
        if (TERMINAL.has(item.type)) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = error instanceof FlotillaError ? error : connectionFailed({ method: 'GET', path }, error);
    } finally {
      limit.clear();
    }
    await patience.wait({ error: failure, atLeastMs: RECONNECT_AFTER_MS });
  }
}

/** What a connection brings, without what is known already. `onLife` is told of everything that arrives, comments too. */
async function* itemsOf(
  { body }: Response,
  { after, onLife }: { after: number; onLife: () => void },
): AsyncGenerator<StreamItem, void, undefined> {
  if (!body) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const parser = createEventParser();
  const decoder = new TextDecoder();
  let last = after;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      onLife();
      for (const event of parser.push(decoder.decode(read.value, { stream: true }))) {
        const item = toItem(event);
        if (item === null) continue;
        // A mission of a restored database may end with a number that is known already. No stream has its end twice.
        if (item.kind === 'event' && item.sequence <= last && !TERMINAL.has(item.type)) continue;
        if (item.kind === 'event') last = item.sequence;
        yield item;
      }
    }
  } finally {
    // Whoever leaves early hangs up; where it has ended or failed, this is nothing.
    reader.cancel().catch(() => undefined);
  }
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(headers.get('content-type') ?? '');
}

/** The page of a proxy, for example. It is not read: it may be long, or never end. */
function notAStream({ status, headers, body }: Response): FlotillaError {
  body?.cancel().catch(() => undefined);
  const detail = 'The answer is no event stream. Does the base URL lead to the API?';
  return new FlotillaError({ code: 'invalid_response', detail, status, requestId: headers.get('x-request-id') });
}

/** `null`: something that is said by a name we do not know, and is no event of the mission; a newer API may have more. */
function toItem({ event, data }: ServerEvent): StreamItem | null {
  const item = parse(data);
  if (typeof item === 'object' && item !== null) {
    const read = event === 'delta' ? { ...item, kind: 'delta', type: 'delta' } : { ...item, kind: 'event' };
    return isItem(read) ? read : null;
  }
  throw new FlotillaError({ code: 'invalid_response', detail: 'The stream holds something that is no event.' });
}

/** `null` too for what is no JSON: neither is an event. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function isItem(value: { kind: string }): value is StreamItem {
  return value.kind === 'delta' ? 'text' in value : 'sequence' in value && 'type' in value;
}
