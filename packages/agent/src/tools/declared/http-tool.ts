import type { JsonValue } from '@flotilla/core';
import { z } from 'zod';
import { readJsonAnswer, refuse } from '../../answer.ts';
import { OutcomeUnknownError } from '../../outcome-unknown.ts';
import type { ToolContext } from '../../tool.ts';
import { decodeText } from '../http-fetch/decode-text.ts';

/** What came of a POST. Header names in lower case; `truncated`: the body was longer than is read. */
export type ToolReply =
  | {
      kind: 'answered';
      status: number;
      headers: Readonly<Record<string, string>>;
      body: Uint8Array;
      truncated: boolean;
    }
  /** `mayHaveArrived`: it broke off so late that the tool may have done what it was asked for. */
  | { kind: 'failed'; message: string; mayHaveArrived: boolean };

/**
 * How a declared tool is called: signed, guarded like everything that goes to an address of a client's, following no
 * redirect, and under the call's key, which stays the same however often it is made. It is over when `signal` aborts.
 */
export type PostTool = (post: { url: string; body: string; context: ToolContext }) => Promise<ToolReply>;

/** What came of a call, for the model. */
type Told = { text: string; isError: boolean };

const EXCERPT_CHARS = 2_000;

export type HttpCall = { name: string; url: string; input: JsonValue; context: ToolContext };

/**
 * Calls a declared tool at its URL, and tells the model what came of it.
 * @throws {OutcomeUnknownError} when it broke off so late that the tool may have done what it was asked for
 */
export async function callHttpTool(call: HttpCall, post: PostTool): Promise<Told> {
  const { name, url, input, context } = call;
  const { missionId, step, callIndex } = context;
  // The same to the last byte however often the call is made: receivers that honour the key compare it.
  const data = { missionId, step, call: callIndex, tool: name, arguments: input };
  const reply = await post({ url, body: JSON.stringify({ type: 'tool_call.requested', data }), context });
  if (reply.kind === 'answered') return readReply(name, reply);
  if (!reply.mayHaveArrived) return refuse(`${name} could not be called: ${reply.message}.`);
  throw new OutcomeUnknownError(`${name} was called, and then ${reply.message}`);
}

function readReply(name: string, { status, headers, body, truncated }: Extract<ToolReply, { kind: 'answered' }>): Told {
  const contentType = headers['content-type'] ?? '';
  const text = readText(body, contentType);
  if (status >= 300 && status < 400) {
    return refuse(
      `${name} answered HTTP ${status}, a redirect; tools are called at the address they were declared with.`,
    );
  }
  if (status < 200 || status > 299) {
    const said = text?.trim().slice(0, EXCERPT_CHARS);
    return refuse(`${name} answered HTTP ${status}${said ? `:\n${said}` : '.'}`);
  }
  if (text === null) return refuse(`${name} answered ${contentType || 'something'}, which is neither JSON nor text.`);
  if (truncated) return { text: `${text}\n[the answer was longer; only its beginning was read]`, isError: false };
  return isJson(contentType) ? readJsonText(name, text) : { text, isError: false };
}

/** `null`: it is no text. */
function readText(body: Uint8Array, contentType: string): string | null {
  try {
    return decodeText(body, contentType);
  } catch {
    return null;
  }
}

function readJsonText(name: string, text: string): Told {
  if (text.trim() === '') return { text: '', isError: false };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(`${name} answered what it calls JSON and is none:\n${text.slice(0, EXCERPT_CHARS)}`);
  }
  return readJsonAnswer(z.json().parse(value));
}

function isJson(contentType: string): boolean {
  return /^\s*(?:application\/json|[a-z]+\/[^;\s]*\+json)\s*(?:;|$)/i.test(contentType);
}
