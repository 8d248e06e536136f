/** A file on its way to or from the child; its content in base64. */
export type SentFile = { path: string; content: string };

export type ShellRequest = { script: string; files: SentFile[]; runMs: number; outputChars: number; fileBytes: number };

/** `exitCode` `null`: the script was stopped; `output` says why. */
export type ShellReply = { output: string; exitCode: number | null; written: SentFile[]; removed: string[] };

export function parseRequest(line: string): ShellRequest {
  const { script, files, runMs, outputChars, fileBytes } = parseObject(line);
  if (
    typeof script !== 'string' ||
    !isListOf(files, isFile) ||
    typeof runMs !== 'number' ||
    typeof outputChars !== 'number' ||
    typeof fileBytes !== 'number'
  ) {
    throw new TypeError('not a request');
  }
  return { script, files, runMs, outputChars, fileBytes };
}

/** The reply comes from a process that ran somebody else's script. It is read with the caution that deserves. */
export function parseReply(line: string): ShellReply | null {
  try {
    const { output, exitCode, written, removed } = parseObject(line);
    if (typeof output !== 'string' || (typeof exitCode !== 'number' && exitCode !== null)) return null;
    if (!isListOf(written, isFile) || !isListOf(removed, isString)) return null;
    return { output, exitCode, written, removed };
  } catch {
    return null;
  }
}

function isFile(value: unknown): value is SentFile {
  const { path, content } = fieldsOf(value);
  return typeof path === 'string' && typeof content === 'string';
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function parseObject(line: string): Record<string, unknown> {
  return fieldsOf(JSON.parse(line));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return { ...(typeof value === 'object' ? value : null) };
}
