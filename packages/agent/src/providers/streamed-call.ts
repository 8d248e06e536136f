import { MODEL_REPLY_MAX_CHARS, type ModelResponse, RetryableError } from '@flotilla/core';
import type { CallCost, CallHooks } from '../provider.ts';
import { inRequest } from './safe-text.ts';
import { type CallTimings, createWatchdog, type Movement, type Watchdog } from './watchdog.ts';

/** What one event brought: whether the model moved, and the text to pass on at once. */
export type Taken = { movement: Movement; text: string };

/** An event that is not the model's doing: a ping, an envelope, an empty fragment. */
export const NOTHING: Taken = { movement: 'none', text: '' };

/**
 * Puts one reply together out of its stream.
 * `open`: the model may have more to say. `answered`: it has said all, the provider's figures may be missing.
 * `complete`: nothing that matters can follow.
 */
export type ReplyReader<Event> = {
  take(event: Event): Taken;
  state(): 'open' | 'answered' | 'complete';
  /** Characters gathered so far. */
  chars(): number;
  /** What the provider has said so far that the call has cost; `null`: nothing yet. */
  spent(): CallCost | null;
  finish(): ModelResponse;
};

export type OpenStream<Event> = {
  events: AsyncIterable<Event>;
  contentType: string | null;
  requestId: string | null;
};

export type StreamedCall<Event> = {
  provider: string;
  timings: CallTimings;
  hooks: CallHooks;
  thinksUnseen: boolean;
  open(signal: AbortSignal): Promise<OpenStream<Event>>;
  reader: ReplyReader<Event>;
  /** The SDK's error in our two words; what it does not know comes back as it is. `inRequest` ends a message. */
  toFailure(error: unknown, inRequest: string): unknown;
};

/**
 * One request, one reply. Resolves only with a complete reply: whatever arrived before a cut, a stall or an error is
 * dropped, but for what it has cost. A fault after the reply was complete costs nothing but the socket.
 */
export async function callStreamed<Event>(call: StreamedCall<Event>): Promise<ModelResponse> {
  const { hooks, reader } = call;
  try {
    return await readReply(call);
  } catch (error) {
    const spent = reader.spent();
    if (spent) hooks.onSpent?.(spent);
    throw error;
  }
}

async function readReply<Event>(call: StreamedCall<Event>): Promise<ModelResponse> {
  const { hooks, reader } = call;
  hooks.signal.throwIfAborted();
  let requestId: string | null = null;
  const watchdog = createWatchdog({ ...call, signal: hooks.signal, inRequest: () => inRequest(requestId) });
  const open = async () => {
    const stream = await call.open(watchdog.signal);
    requestId = stream.requestId;
    return stream;
  };
  try {
    await Promise.race([readAll({ ...call, open }, watchdog), watchdog.aborted]);
  } catch (error) {
    hooks.signal.throwIfAborted();
    if (reader.state() !== 'complete') throw call.toFailure(error, inRequest(requestId));
  } finally {
    watchdog.stop();
  }
  return reader.finish();
}

async function readAll<Event>(call: StreamedCall<Event>, watchdog: Watchdog): Promise<void> {
  const { provider, reader, hooks } = call;
  const stream = await call.open(watchdog.signal);
  let events = 0;
  let hasMoved = false;
  for await (const event of stream.events) {
    // The SDKs go on handing out what a chunk already held; after an abort nobody is listening.
    if (watchdog.signal.aborted) return;
    events += 1;
    const step = takeEvent(call, event);
    if (reader.chars() > MODEL_REPLY_MAX_CHARS) {
      const what = `${provider} sent more than ${MODEL_REPLY_MAX_CHARS} characters in one reply`;
      throw new RetryableError('provider_bad_response', `${what}${inRequest(stream.requestId)}`);
    }
    if (!hasMoved && step.movement !== 'none') {
      hasMoved = true;
      hooks.onFirstToken?.();
    }
    watchdog.moved(step.movement);
    if (step.text) hooks.onText?.(step.text);
  }
  // The SDKs end an aborted stream as if it were over.
  if (watchdog.signal.aborted || reader.state() !== 'open') return;
  const request = inRequest(stream.requestId);
  if (events === 0 && !stream.contentType?.includes('event-stream')) {
    throw new RetryableError(
      'provider_bad_response',
      `${provider} answered with ${stream.contentType ?? 'no content type'} instead of an event stream${request}`,
    );
  }
  throw new RetryableError(
    'provider_stream_cut',
    `${provider} ended the stream before the reply was complete${request}`,
  );
}

/** A server that does not keep to the wire format it claims shows as a `TypeError` in the reader. */
function takeEvent<Event>(call: StreamedCall<Event>, event: Event): Taken {
  try {
    return call.reader.take(event);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RetryableError('provider_bad_response', `${call.provider} sent an event of an unknown shape`, {
      cause: error,
    });
  }
}
