import { createSseReader, type SseFrame } from './sse-reader.ts';

/** One server-sent event, and when it arrived. */
export type SeenEvent = SseFrame & { at: number };

export type EventSourceRead = {
  status: number;
  headers: Headers;
  seen: SeenEvent[];
  /** Lines that began with a colon. */
  comments: string[];
  /** Resolves when the server has ended the stream, or it was closed here. */
  ended: Promise<void>;
  close(): void;
};

/** Reads server-sent events as a client without EventSource would, and notes when each arrived. */
export async function openEventSource(url: string, headers: Record<string, string>): Promise<EventSourceRead> {
  const closing = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: closing.signal,
  });
  const seen: SeenEvent[] = [];
  const comments: string[] = [];
  const take = createSseReader({
    event: (frame) => void seen.push({ ...frame, at: performance.now() }),
    comment: (line) => void comments.push(line),
  });

  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) take(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      if (!closing.signal.aborted) comments.push(String(error));
    }
  }
  return {
    status: response.status,
    headers: response.headers,
    seen,
    comments,
    ended: read(),
    close: () => closing.abort(),
  };
}
