import type { JsonObject } from '@flotilla/core';
import type { History } from './history.ts';
import type { Finding, Move } from './skill.ts';
import { isMove } from './skill.ts';

export type ToolUse = { name: string; input: JsonObject };

/** How far a task has come: its findings, the calls it waits for, or what went wrong. */
export type Progress =
  | { kind: 'found'; findings: Finding[] }
  | { kind: 'calling'; calls: ToolUse[] }
  | { kind: 'failed'; reason: string };

export type View = { history: History; offered: ReadonlySet<string> };

/** Follows every beginning of a task through the results there are, to the next call or to the end. */
export function pursue(starts: readonly (Finding | Move)[], view: View): Progress {
  const ends = starts.map((start) => follow(start, view));
  const calls = ends.flatMap((end) => (end.kind === 'calling' ? end.calls : []));
  if (calls.length > 0) return { kind: 'calling', calls };
  return (
    ends.find((end) => end.kind === 'failed') ?? {
      kind: 'found',
      findings: ends.flatMap((end) => (end.kind === 'found' ? end.findings : [])),
    }
  );
}

function follow(start: Finding | Move, { history, offered }: View): Progress {
  let next: Finding | Move = start;
  while (isMove(next)) {
    const { tool, input, otherwise, read }: Move = next;
    if (!offered.has(tool)) {
      if (!otherwise || otherwise.tool === tool) {
        return { kind: 'failed', reason: `it takes the tool ${tool}, which this mission does not offer` };
      }
      next = otherwise;
      continue;
    }
    const result = history.resultOf(tool, input);
    if (!result) return { kind: 'calling', calls: [{ name: tool, input }] };
    if (result.isError) {
      if (otherwise?.tool !== tool) {
        return { kind: 'failed', reason: `the tool ${tool} answered with an error: ${firstLine(result.content)}` };
      }
      next = otherwise;
      continue;
    }
    const found: Finding | Move | null = read(result.content, result.truncated);
    if (!found) {
      return {
        kind: 'failed',
        reason: `the tool ${tool} answered with something I cannot read: ${firstLine(result.content)}`,
      };
    }
    next = found;
  }
  return { kind: 'found', findings: [next] };
}

const SHOWN_CHARS = 300;

function firstLine(content: string): string {
  const line = content.trim().split('\n', 1)[0] ?? '';
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line || '(nothing)';
}
