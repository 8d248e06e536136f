import type { Message } from '@flotilla/core';
import type { Report } from './answer.ts';
import { writeAnswer } from './answer.ts';
import { keyOf, readHistory } from './history.ts';
import type { ToolUse, View } from './pursue.ts';
import { pursue } from './pursue.ts';
import { lookedUp } from './reference.ts';
import { recognise } from './skills.ts';
import type { Task } from './understand.ts';
import { understand } from './understand.ts';

export type Plan = { kind: 'calls'; calls: ToolUse[] } | { kind: 'answer'; text: string };

/**
 * What `sim/demo` says next. A pure function of the conversation and of the tools it is offered: it takes the goal
 * apart anew each time, follows each task as far as the results reach, and asks for every call that is missing and
 * needs nothing else first, all at once. With none missing it writes the answer.
 */
export function plan(messages: readonly Message[], offered: ReadonlySet<string>): Plan {
  const history = readHistory(messages);
  const { tasks, form } = understand(history.goal, recognise);
  const reports: Report[] = [];
  for (const task of tasks) reports.push(reportOn(task, reports, { history, offered }));

  const calls = new Map<string, ToolUse>();
  for (const report of reports) {
    if (report.kind !== 'calling') continue;
    for (const call of report.calls) calls.set(keyOf(call.name, call.input), call);
  }
  if (calls.size > 0) return { kind: 'calls', calls: [...calls.values()] };
  return { kind: 'answer', text: writeAnswer(reports, { form, goal: history.goal }) };
}

function reportOn(task: Task, earlier: readonly Report[], view: View): Report {
  const { text } = task;
  switch (task.kind) {
    case 'unknown':
      return { kind: 'unknown', text };
    case 'known':
      return { text, ...pursue(task.starts, view) };
    case 'building': {
      const base = earlier[task.after];
      if (base?.kind === 'calling' || base?.kind === 'waiting') return { kind: 'waiting', text };
      if (base?.kind !== 'found') return { kind: 'failed', text, reason: 'what it builds on is missing' };
      const { value = null, about } = base.findings.at(-1) ?? {};
      const starts =
        (value === null ? null : recognise(lookedUp(text, value))) ??
        (about === undefined ? null : recognise(lookedUp(text, about)));
      if (!starts) return { kind: 'failed', text, reason: 'I cannot tell what it refers to' };
      return { text, ...pursue(starts, view) };
    }
  }
}
