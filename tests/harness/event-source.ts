/** One server-sent event as it arrived; `id` is `null` where it had none. */
export type SeenEvent = { id: string | null; event: string; data: unknown; at: number };

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

  function take(frame: string): void {
    const fields = new Map<string, string>();
    for (const line of frame.split('\n')) {
      if (line.startsWith(':')) comments.push(line);
      const [, name, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
      if (name) fields.set(name, value);
    }
    const data = fields.get('data');
    if (data === undefined) return;
    seen.push({
      id: fields.get('id') ?? null,
      event: fields.get('event') ?? 'message',
      data: JSON.parse(data),
      at: performance.now(),
    });
  }

  async function read(): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) take(frame);
      }
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
