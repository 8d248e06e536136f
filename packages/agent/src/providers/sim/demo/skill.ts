import type { JsonObject } from '@flotilla/core';

/**
 * The answer to one task: a whole sentence, and the bare value in it, which a later task may build on
 * (`that many days from today`). `null`: there is no one value. `about` is what "it" means where it does not mean the
 * value: the page that was fetched, the text whose letters were counted.
 */
export type Finding = { text: string; value: string | null; about?: string };

/**
 * A tool call, and what to make of its output (`isCut`: only the beginning is shown): a finding, or the next move; `null` when the output cannot be read.
 * `otherwise` is another way to the same end. With another tool, it is taken when this one is not offered; with the same
 * tool, it is the call mended, and is tried once after an error.
 */
export type Move = {
  tool: string;
  input: JsonObject;
  read(output: string, isCut: boolean): Finding | Move | null;
  otherwise?: Move;
};

/**
 * One thing `sim/demo` can do. `recognise` is given one task, trimmed of politeness and final punctuation, and
 * returns how to begin (several when the task asks for the same thing several times), or `null` when the task, the
 * whole of it, is not this skill's. It is pure, and strict: a task half understood is one it must not answer.
 */
export type Skill = {
  name: string;
  recognise(task: string): (Finding | Move)[] | null;
};

export function isMove(next: Finding | Move): next is Move {
  return 'tool' in next;
}

/** Every skill names the tools by these. */
export const CALCULATOR = 'calculator';
export const CURRENT_TIME = 'current_time';
export const HTTP_FETCH = 'http_fetch';
export const JAVASCRIPT = 'javascript';

/** The commonest shape: run one snippet, and phrase what it printed. */
export function runJavascript(code: string, phrase: (output: string) => Finding | null): Move {
  return { tool: JAVASCRIPT, input: { code }, read: (output) => phrase(output.trim()) };
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `2, 3 and 5`. */
export function inWords(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
