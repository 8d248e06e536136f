import type { Answered, ChildEnd, JsonObject, JsonValue, SideCall } from '@flotilla/core';
import { approvalAnswerSchema } from '@flotilla/core';
import { z } from 'zod';
import { hashArguments } from './arguments-hash.ts';
import type { ParkingTool } from './tool.ts';

/** What goes back to the model. A call that was not run, failed or took too long is an answer like any other. */
export type Answer = {
  text: string;
  isError: boolean;
  untrusted: boolean;
  /** The question that its tool has asked a model. */
  sideCall?: SideCall;
};

export function refuse(text: string): Answer {
  return { text, isError: true, untrusted: false };
}

/** What a tool threw, for the model. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : 'The tool failed without saying why.';
}

/** What becomes of a call that somebody was asked to approve. `edited`: it is made with these arguments instead. */
export type Verdict = { kind: 'approved'; edited: JsonObject | null } | { kind: 'refused'; answer: Answer };

/** What cannot be read as an approval is none. */
export function judgeApproval(answered: Answered, { name, input }: { name: string; input: JsonValue }): Verdict {
  const notRun = (why: string): Verdict => ({ kind: 'refused', answer: refuse(`${why}\n${name} was not run.`) });
  if (answered.expired) return notRun('Nobody approved this call in time.');
  // What was approved was the call as it stood then.
  if (answered.argumentsHash !== null && answered.argumentsHash !== hashArguments(input)) {
    return notRun('The approval was for other arguments.');
  }
  const read = approvalAnswerSchema.safeParse(answered.answer);
  if (!read.success) return notRun('What this call was answered is not an approval.');
  const { decision, message, arguments: edited = null } = read.data;
  if (decision === 'approved') return { kind: 'approved', edited };
  return notRun(message === undefined ? 'This call was rejected.' : `This call was rejected: ${message}`);
}

const childEndSchema = z.object({
  missionId: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled']),
  output: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  untrusted: z.boolean().default(true),
}) satisfies z.ZodType<ChildEnd>;

/** What a call that waited is answered. */
export function readAnswer({ kind, answer, expired }: Answered, { untrusted }: ParkingTool): Answer {
  if (expired) return refuse('Nobody answered in time.');
  if (kind === 'children') return tellEnd(answer);
  const told = kind === 'tool' ? readJsonAnswer(answer) : { text: textOf(answer), isError: false };
  return { ...told, untrusted: untrusted !== false };
}

/**
 * What somebody else's tool answers, for the model: an object with `isError` (true or false) says how it went, and its
 * `content` what came of it; any other JSON is itself what came of it.
 */
export function readJsonAnswer(answer: JsonValue): { text: string; isError: boolean } {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return { text: textOf(answer), isError: false };
  }
  const { isError, content = '' } = answer;
  if (typeof isError !== 'boolean') return { text: JSON.stringify(answer), isError: false };
  return { text: textOf(content), isError };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function tellEnd(answer: JsonValue): Answer {
  const read = childEndSchema.safeParse(answer);
  if (!read.success) return refuse('What became of the mission could not be read.');
  const { missionId, status, output, code, message, untrusted } = read.data;
  if (status === 'completed') return { text: output ?? '', isError: false, untrusted };
  const why = [code, message].filter((part) => part !== null).join(': ');
  return { ...refuse(`The mission ${missionId} was not completed. It is ${status}${why && ` (${why})`}.`), untrusted };
}
