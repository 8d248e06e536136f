import type { Finding, Move, Skill } from './skill.ts';
import { arithmetic } from './skills/arithmetic.ts';
import { call } from './skills/call.ts';
import { chance } from './skills/chance.ts';
import { clock } from './skills/clock.ts';
import { conversion } from './skills/conversion.ts';
import { day } from './skills/day.ts';
import { fetch } from './skills/fetch.ts';
import { integer } from './skills/integer.ts';
import { list } from './skills/list.ts';
import { sequence } from './skills/sequence.ts';
import { snippet } from './skills/snippet.ts';
import { span } from './skills/span.ts';
import { talk } from './skills/talk.ts';
import { text } from './skills/text.ts';
import { year } from './skills/year.ts';

/** The first that recognises a task does it: from the most particular wording to the most general. */
const SKILLS: readonly Skill[] = [
  talk,
  snippet,
  call,
  fetch,
  clock,
  day,
  span,
  year,
  sequence,
  integer,
  conversion,
  text,
  list,
  chance,
  arithmetic,
];

/** Those that take a text of any length, in quotation marks or a fence. The others read a sentence. */
const LONG_WINDED: readonly Skill[] = [snippet, text];
const SENTENCE_MAX_CHARS = 600;

/** How to begin a task, if it is one that a skill knows. */
export function recognise(task: string): (Finding | Move)[] | null {
  for (const skill of task.length > SENTENCE_MAX_CHARS ? LONG_WINDED : SKILLS) {
    const starts = skill.recognise(task);
    if (starts) return starts;
  }
  return null;
}
