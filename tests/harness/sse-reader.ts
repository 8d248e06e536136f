/** One server-sent event; `id` is `null` where it had none. */
export type SseFrame = { id: string | null; event: string; data: unknown };

/**
 * Puts the text of a stream of server-sent events together again, however it was cut on the way.
 * @returns what takes the next piece of it
 */
export function createSseReader(on: {
  event(frame: SseFrame): void;
  /** A line that began with a colon. */
  comment?(line: string): void;
}): (text: string) => void {
  let rest = '';

  function take(frame: string): void {
    const fields = new Map<string, string>();
    for (const line of frame.split('\n')) {
      if (line.startsWith(':')) on.comment?.(line);
      const [, name, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
      if (name) fields.set(name, value);
    }
    const data = fields.get('data');
    if (data === undefined) return;
    on.event({ id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: JSON.parse(data) });
  }

  return (text) => {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) take(frame);
  };
}
