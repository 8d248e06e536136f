import { setImmediate as breathe } from 'node:timers/promises';

export type SentFile = { path: string; content: Uint8Array };

export type ShellRequest = { script: string; files: SentFile[]; runMs: number; outputChars: number; fileBytes: number };

/** `exitCode` `null`: the script was stopped; `output` says why. */
export type ShellReply = { output: string; exitCode: number | null; written: SentFile[]; removed: string[] };

/** What a line holds of a file. */
const PART_BYTES = 262_144;

/**
 * What is said to the child or by it, line by line: its files in parts, in base64, and all else at the end. A worker so
 * never reads or writes more than a line at once, however much its mission has in its workspace; and what breaks off has
 * no end.
 */
export function* toLines(rest: object, files: readonly SentFile[]): Generator<string> {
  for (const { path, content } of files) {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
    for (let from = 0; from === 0 || from < bytes.length; from += PART_BYTES) {
      const part = bytes.subarray(from, from + PART_BYTES).toString('base64');
      yield `${JSON.stringify({ path, content: part })}\n`;
    }
  }
  yield `${JSON.stringify(rest)}\n`;
}

/** @throws TypeError */
export async function parseRequest(said: Buffer): Promise<ShellRequest> {
  const { rest, files } = await readLines(said);
  const { script, runMs, outputChars, fileBytes } = rest;
  if (
    typeof script !== 'string' ||
    typeof runMs !== 'number' ||
    typeof outputChars !== 'number' ||
    typeof fileBytes !== 'number'
  ) {
    throw new TypeError('not a request');
  }
  return { script, files, runMs, outputChars, fileBytes };
}

/** The reply comes from a process that ran somebody else's script. It is read with the caution that deserves. */
export async function parseReply(said: Buffer): Promise<ShellReply | null> {
  try {
    const { rest, files } = await readLines(said);
    const { output, exitCode, removed } = rest;
    if (typeof output !== 'string' || (typeof exitCode !== 'number' && exitCode !== null)) return null;
    if (!isListOfStrings(removed)) return null;
    return { output, exitCode, written: files, removed };
  } catch {
    return null;
  }
}

async function readLines(said: Buffer): Promise<{ rest: Record<string, unknown>; files: SentFile[] }> {
  const parts = new Map<string, Buffer[]>();
  let rest: Record<string, unknown> = {};
  for (let from = 0; from < said.length; ) {
    const newline = said.indexOf('\n', from);
    const end = newline === -1 ? said.length : newline;
    rest = fieldsOf(JSON.parse(said.toString('utf8', from, end)));
    const { path, content } = rest;
    if (typeof path === 'string' && typeof content === 'string') {
      const part = Buffer.from(content, 'base64');
      const file = parts.get(path);
      if (file) file.push(part);
      else parts.set(path, [part]);
    }
    from = end + 1;
    await breathe();
  }
  return { rest, files: [...parts].map(([path, content]) => ({ path, content: Buffer.concat(content) })) };
}

function isListOfStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return { ...(typeof value === 'object' ? value : null) };
}
