/** A server-sent event. `id` is `null` where none came with it. */
export type ServerEvent = { id: string | null; event: string; data: string };

/** Reads server-sent events out of text as it arrives, as the HTML standard has them (§9.2.6). */
export type EventParser = {
  /** The events that are whole by now. */
  push(text: string): ServerEvent[];
};

export function createEventParser(): EventParser {
  let rest = '';
  let pending: { id: string | null; event: string; data: string[] } = { id: null, event: '', data: [] };

  function takeField(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') pending.data.push(value);
    else if (name === 'event') pending.event = value;
    else if (name === 'id' && !value.includes('\0')) pending.id = value;
  }

  return {
    push(text) {
      const buffer = rest + text;
      // A carriage return at the end may be half of a line's end.
      const end = buffer.endsWith('\r') ? buffer.length - 1 : buffer.length;
      const lines = buffer.slice(0, end).split(/\r\n|\r|\n/);
      rest = (lines.pop() ?? '') + buffer.slice(end);
      const events: ServerEvent[] = [];
      for (const line of lines) {
        if (line !== '') {
          takeField(line);
          continue;
        }
        const { id, event, data } = pending;
        if (data.length > 0) events.push({ id, event: event === '' ? 'message' : event, data: data.join('\n') });
        pending = { id: null, event: '', data: [] };
      }
      return events;
    },
  };
}
