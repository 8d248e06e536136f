/** What a child is told, after the snapshot it starts from. */
export type PythonRequest = { code: string; outputChars: number };

/** What a child says, a line of JSON each: what the script prints, as it prints it, and at last how it ended. */
export type PythonLine = { printed: string } | { ok: boolean; value: string };

/**
 * `printed`: what the script wrote to its output. `value`: its last expression, as text, empty for `None`; or the
 * traceback it died of. `ended`: whether the child lived to say so.
 */
export type PythonReply = { printed: string; ended: { ok: boolean; value: string } | null };

export function parseRequest(text: string): PythonRequest {
  const { code, outputChars } = fieldsOf(text);
  if (typeof code !== 'string' || typeof outputChars !== 'number') throw new TypeError('not a request');
  return { code, outputChars };
}

/** The lines come from a process that ran somebody else's code, and the last may have been cut off with it. */
export function parseReply(text: string): PythonReply {
  const reply: PythonReply = { printed: '', ended: null };
  for (const line of text.split('\n')) {
    const { printed, ok, value } = fieldsOf(line);
    if (typeof printed === 'string') reply.printed += printed;
    if (typeof ok === 'boolean' && typeof value === 'string') reply.ended = { ok, value };
  }
  return reply;
}

/** The fields of a line of JSON; none of one that is no JSON. */
export function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return { ...(typeof value === 'object' ? value : null) };
  } catch {
    return {};
  }
}
