import type { Ownership } from '@flotilla/core';
import { z } from 'zod';
import { cutAtBytes } from '../cut.ts';
import { defineTool, type RunnableTool } from '../tool.ts';

/** A tool call's output, by where it was made. `missionId` null: in the mission that asks. */
export type OutputRef = { missionId: string | null; step: number; index: number };

/** The whole outputs of tool calls; `null` where there is no such call, or it is not for this mission to see. */
export type OutputStore = { read(owner: Ownership, output: OutputRef): Promise<string | null> };

export const READ_OUTPUT = 'read_output';

/** Fits what the model is shown of one result, with the line that says where in the output it is. */
const PIECE_BYTES_MAX = 9_000;
const FOUND_MAX = 20;
const AROUND_CHARS = 100;

export function createReadOutput({ outputs }: { outputs: OutputStore }): RunnableTool {
  return defineTool({
    name: READ_OUTPUT,
    description:
      'Shows more of a tool output that was cut, by the step and call that the cut output names: a piece of it from an ' +
      'offset in characters, or where in it a text is found.',
    input: z.strictObject({
      step: z.int().min(1),
      call: z.int().min(0).default(0),
      mission: z.string().max(100).optional().describe('Only for outputs of an earlier task that name it'),
      offset: z.int().min(0).default(0),
      length: z.int().min(1).max(PIECE_BYTES_MAX).default(PIECE_BYTES_MAX),
      find: z.string().min(1).max(200).optional().describe('Letters in either case; from the offset on'),
    }),
    idempotent: true,
    async run({ step, call, mission = null, offset, length, find }, owner) {
      const text = await outputs.read(owner, { missionId: mission, step, index: call });
      if (text === null) throw new Error(`There is no output of call ${call} of step ${step}.`);
      if (find !== undefined) return describeFound(text, find, offset);
      const piece = cutAtBytes(text.slice(offset, offset + length).toWellFormed(), PIECE_BYTES_MAX);
      const end = offset + piece.length;
      if (piece === '') return `[the output has ${text.length} characters; there is none at ${offset}]`;
      const rest = end < text.length ? `; go on with offset ${end}` : '; this is its end';
      return `${piece}\n[characters ${offset} to ${end} of ${text.length}${rest}]`;
    },
  });
}

/** Where the text is, and what is around it. A plain text, not an expression: one of those can take hours. */
function describeFound(text: string, find: string, from: number): string {
  const [haystack, needle] = [foldCase(text), foldCase(find)];
  const places: number[] = [];
  for (let at = haystack.indexOf(needle, from); at !== -1; at = haystack.indexOf(needle, at + needle.length)) {
    places.push(at);
    if (places.length === FOUND_MAX) break;
  }
  if (places.length === 0) return `Not found from offset ${from} on.`;
  const lines = places.map((at) => {
    const around = text.slice(Math.max(0, at - AROUND_CHARS), at + find.length + AROUND_CHARS);
    return `offset ${at}: …${around.replaceAll(/\s+/g, ' ').trim().toWellFormed()}…`;
  });
  const more = places.length === FOUND_MAX ? [`[the first ${FOUND_MAX}; look on from a later offset]`] : [];
  return [...lines, ...more].join('\n');
}

/** Letter by letter, so that no offset moves: some letters are two in the other case. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
