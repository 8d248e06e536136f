/** A signal as it was sent; `null` for what is none, or of a kind that is not known here. */
export type ParseSignal<Signal> = (entry: unknown) => Signal | null;

/**
 * Takes from the front of `entries`, signals as JSON, as many as fit into one message, and leaves the rest. One that
 * fits into none is dropped.
 */
export function takeMessage(entries: Set<string>, maxBytes: number): string | undefined {
  const taken: string[] = [];
  let bytes = 1;
  for (const entry of entries) {
    const more = Buffer.byteLength(entry) + 1;
    if (bytes + more > maxBytes && taken.length > 0) break;
    entries.delete(entry);
    if (bytes + more > maxBytes) continue;
    taken.push(entry);
    bytes += more;
  }
  return taken.length === 0 ? undefined : `[${taken.join(',')}]`;
}

/**
 * The signals of a message. Kinds that are not known here are passed over: a newer process may already send them.
 *
 * @throws Error for a message that is no list
 */
export function readMessage<Signal>(parse: ParseSignal<Signal>, message: string): Signal[] {
  const entries: unknown = JSON.parse(message);
  if (!Array.isArray(entries)) throw new Error('a message that is no list of signals was dropped');
  return entries.flatMap((entry) => parse(entry) ?? []);
}
