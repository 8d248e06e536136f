import type { ToolCallPart } from '@flotilla/core';
import { hashArguments } from './arguments-hash.ts';

type Called = Pick<ToolCallPart, 'name' | 'input'>;

/** The calls that a stage's steps have made over and over. It follows from the journal, so whoever resumes counts the same. */
export type Repeats = {
  /** In how many steps, without one between, the same call has just been made. */
  countOf(call: Called): number;
  /** A step has been played. */
  add(calls: readonly Called[]): void;
};

/** A call that pauses for a step begins anew: whoever does something else in between may have reason to ask again. */
export function createRepeats(): Repeats {
  let lastStep = new Map<string, number>();
  return {
    countOf: (call) => lastStep.get(keyOf(call)) ?? 0,
    add(calls) {
      lastStep = new Map(calls.map(keyOf).map((key) => [key, (lastStep.get(key) ?? 0) + 1]));
    },
  };
}

function keyOf({ name, input }: Called): string {
  return `${name} ${hashArguments(input)}`;
}
