import { ABILITIES } from './abilities.ts';
import type { Progress } from './pursue.ts';
import type { Form } from './style.ts';

/** How far one task has come. `waiting`: what it builds on is still being worked out. */
export type Report = { text: string } & (Progress | { kind: 'waiting' } | { kind: 'unknown' });

const SIGNATURE = '(Written by sim/demo, a simulator that stands in for a language model.)';

const QUOTED_CHARS = 200;

/** Puts findings and failures together, in the order they were asked for, and says who wrote it. */
export function writeAnswer(reports: readonly Report[], { form, goal }: { form: Form; goal: string }): string {
  const sentences = reports.flatMap((report) => sentencesOf(report, form));
  const unknown = reports.filter((report) => report.kind === 'unknown');
  const closing = [SIGNATURE];
  if (unknown.length > 0 && unknown.length < reports.length) closing.unshift(`What I can do: ${ABILITIES}.`);
  if (unknown.length === reports.length) {
    const what = goal.trim() === '' ? 'There is no goal to work on.' : 'I cannot do what was asked.';
    return `I am sim/demo, a simulator and not a language model. ${what} What I can do: ${ABILITIES}.\n\n${SIGNATURE}`;
  }
  const separator = form === 'paragraph' ? ' ' : '\n';
  const body = sentences.map((sentence) => (form === 'list' ? `- ${sentence}` : sentence)).join(separator);
  return `${body}\n\n${closing.join('\n')}`;
}

function sentencesOf(report: Report, form: Form): string[] {
  switch (report.kind) {
    case 'found':
      return report.findings.map(({ text, value }) => (form === 'bare' ? (value ?? text) : text));
    case 'failed':
      return [`I could not work out ${quote(report.text)}: ${report.reason.replace(/[\s.]+$/, '')}.`];
    case 'unknown':
      return [`I am a simulator and cannot do this part: ${quote(report.text)}.`];
    case 'calling':
    case 'waiting':
      return [];
  }
}

function quote(text: string): string {
  return `“${text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text}”`;
}
