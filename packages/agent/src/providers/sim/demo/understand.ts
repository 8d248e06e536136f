import { protect } from './protect.ts';
import { lookedUp, looksBack } from './reference.ts';
import type { Finding, Move } from './skill.ts';
import type { Form } from './style.ts';
import { formAsked } from './style.ts';
import { bare, trimmed } from './wording.ts';

export type Start = Finding | Move;
export type Recognise = (task: string) => Start[] | null;

/** One thing to do. `after` is the place of the task whose value it builds on; `text` is what is shown of it. */
export type Task =
  | { kind: 'known'; text: string; starts: Start[] }
  | { kind: 'building'; text: string; after: number }
  | { kind: 'unknown'; text: string };

export type Understanding = { tasks: Task[]; form: Form };

/** More than anyone asks for in one goal, and few enough to think about within a millisecond each. */
const TASKS_MAX = 24;
const PIECES_MAX = 48;
const PIECES_IN_A_TASK = 14;
/** A longer stretch without quotation marks or code fences is prose, and none of the skills reads prose. */
const TASK_MAX_CHARS = 600;
/** Quotations and code not counted: of a longer goal only the beginning is read. */
const GOAL_MAX_CHARS = 20_000;
/** One value of each sort that a task may build on. */
const SAMPLES = ['7', '2024-02-29', "'abc'", '2, 3, 5', 'https://example.com'];

const SENTENCE_END = /(?:[.?]|(?<!\d)!)(?=\s|$)|[;\n]/;
const LIST_MARK = /^\s*(?:\(?\d{1,2}[.)]|[a-h][.)]|[-*•])\s+/i;
const HEADING = /^[^:]{0,80}:\s*$/;
const JOINT = /(,?\s+(?:and then|and also|and|then|also|as well as)\s+|,\s+|:\s+)/i;

/** Takes a goal apart into tasks that one skill each recognises, and says what was left over. Pure. */
export function understand(goal: string, recognise: Recognise): Understanding {
  const { text, restore } = protect(goal);
  const tasks: Task[] = [];
  let form: Form = 'paragraph';
  for (const sentence of sentencesOf(text.slice(0, GOAL_MAX_CHARS).replace(/[^\S\n]+/g, ' '))) {
    if (tasks.length >= TASKS_MAX) break;
    for (const segment of segmentsOf(sentence, (part, isFirst) => isKnown(part, !isFirst || tasks.length > 0))) {
      const short = segment.slice(0, TASK_MAX_CHARS);
      const task = restore(bare(short));
      const asked = formAsked(trimmed(short)) ?? formAsked(task);
      if (asked) form = asked === 'paragraph' ? form : asked;
      else if (task !== '' && !continued(task, tasks)) tasks.push(taskOf(task, tasks));
    }
  }
  return { tasks, form };

  /** "Fetch https://… ." and then "Summarise it.": read together they are one task. */
  function continued(task: string, earlier: Task[]): boolean {
    const last = earlier.at(-1);
    if (last?.kind !== 'known' || recognise(task) !== null) return false;
    const both = `${last.text} and ${task}`;
    const starts = recognise(both);
    if (starts) earlier[earlier.length - 1] = { kind: 'known', text: both, starts };
    return starts !== null;
  }

  function taskOf(task: string, earlier: readonly Task[]): Task {
    const starts = recognise(task);
    if (starts) return { kind: 'known', text: task, starts };
    const after = earlier.findLastIndex((other) => other.kind !== 'unknown');
    if (after >= 0 && buildsOnSomething(task)) return { kind: 'building', text: task, after };
    return { kind: 'unknown', text: task };
  }

  function buildsOnSomething(task: string): boolean {
    return looksBack(task) && SAMPLES.some((sample) => recognise(lookedUp(task, sample)) !== null);
  }

  function isKnown(part: string, hasEarlier: boolean): boolean {
    const task = restore(bare(part));
    if (task === '' || formAsked(trimmed(part)) !== null || formAsked(task) !== null) return true;
    return recognise(task) !== null || (hasEarlier && buildsOnSomething(task));
  }
}

function sentencesOf(text: string): string[] {
  return itemsToLines(text)
    .split(SENTENCE_END)
    .map((line) => line.replace(LIST_MARK, ''))
    .filter((line) => /[\p{L}\p{N}\ue000-\uf8ff]/u.test(line) && !HEADING.test(line))
    .slice(0, TASKS_MAX * 2);
}

/** `1) this 2) that` on one line: each number in turn begins a line, so that its full stop ends no sentence. */
function itemsToLines(text: string): string {
  if (!/(?:^|[\n:.?!]\s{0,3})\(?1[.)]\s/.test(text)) return text;
  let next = 1;
  return text.replace(/(?:^|\s)\(?(\d{1,2})[.)]\s/g, (found, place: string) => {
    if (Number(place) !== next) return found;
    next += 1;
    return '\n';
  });
}

/**
 * Cuts a sentence at some of its commas and ands: so that the fewest pieces stay unknown, and then into the fewest
 * tasks, since "the sum of 3, 4 and 5" is one task and not three. Dynamic programming over the joints.
 */
function segmentsOf(sentence: string, isKnown: (part: string, isFirst: boolean) => boolean): string[] {
  const parts = sentence.split(JOINT);
  const count = Math.min(Math.ceil(parts.length / 2), PIECES_MAX);
  const join = (from: number, to: number) => parts.slice(from * 2, to === count ? undefined : to * 2 - 1).join('');

  type Best = { unknown: number; segments: number; cut: number; known: boolean };
  const best: Best[] = [{ unknown: 0, segments: 0, cut: 0, known: true }];
  for (let to = 1; to <= count; to += 1) {
    let chosen: Best | null = null;
    for (let from = Math.max(0, to - PIECES_IN_A_TASK); from < to; from += 1) {
      const before = best[from];
      if (!before) continue;
      const part = join(from, to);
      const known = part.length <= TASK_MAX_CHARS && isKnown(part, from === 0);
      const unknown = before.unknown + (known ? 0 : to - from);
      // Neighbouring unknown pieces are told as one.
      const segments = before.segments + (!known && !before.known ? 0 : 1);
      if (!chosen || unknown < chosen.unknown || (unknown === chosen.unknown && segments < chosen.segments)) {
        chosen = { unknown, segments, cut: from, known };
      }
    }
    if (chosen) best.push(chosen);
  }

  const segments: string[] = [];
  for (let to = count; to > 0; ) {
    const { cut } = best[to] ?? { cut: 0 };
    segments.unshift(join(cut, to));
    to = cut;
  }
  return segments;
}
