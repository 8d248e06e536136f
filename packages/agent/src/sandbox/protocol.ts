/** One line of JSON in, one line of JSON out: all that passes between a worker and its sandbox. */
export type SandboxRequest = { code: string; runMs: number; memoryBytes: number; outputChars: number };

/** `printed`: what the code wrote with `console`. `value`: its last expression, as text; or what it died of. */
export type SandboxReply = { printed: string; ok: boolean; value: string };

export function parseRequest(line: string): SandboxRequest {
  const { code, runMs, memoryBytes, outputChars } = parseObject(line);
  if (
    typeof code !== 'string' ||
    typeof runMs !== 'number' ||
    typeof memoryBytes !== 'number' ||
    typeof outputChars !== 'number'
  ) {
    throw new TypeError('not a request');
  }
  return { code, runMs, memoryBytes, outputChars };
}

/** The reply comes from a process that ran somebody else's code. It is read with the caution that deserves. */
export function parseReply(line: string): SandboxReply | null {
  try {
    const { printed, ok, value } = parseObject(line);
    if (typeof printed !== 'string' || typeof ok !== 'boolean' || typeof value !== 'string') return null;
    return { printed, ok, value };
  } catch {
    return null;
  }
}

function parseObject(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return { ...(typeof value === 'object' ? value : null) };
}
