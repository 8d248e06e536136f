import type {
  EarlierMission,
  Message,
  ModelResponse,
  SaidMessage,
  Step,
  Summary,
  ToolCallPart,
  ToolCallStatus,
  ToolResult,
} from '@flotilla/core';
import { textOf, toolCallsOf } from '@flotilla/core';
import { lengthShown } from './cut.ts';
import type { OutputRule } from './structured-output.ts';
import { askToMend } from './structured-output.ts';
import { READ_OUTPUT } from './tools/read-output.ts';
import { markUntrusted } from './untrusted/mark.ts';
import type { Conversation } from './window.ts';

/** A tool call of the step at hand, and how far it has come. */
export type OpenCall = {
  step: number;
  index: number;
  part: ToolCallPart;
  status: ToolCallStatus;
  result: ToolResult | null;
};

/** The newest step: its response is committed, its calls may not be. */
export type OpenStep = { number: number; response: ModelResponse; calls: OpenCall[] };

/** A step whose response has just come: nothing of it has started. */
export function openStep(number: number, response: ModelResponse): OpenStep {
  // A reply that was refused or cut off may hold half a call, or one of several that belong together.
  const parts =
    response.stopReason === 'end' || response.stopReason === 'tool_calls' ? toolCallsOf(response.message) : [];
  const calls = parts.map((part, index) => ({ step: number, index, part, status: 'pending' as const, result: null }));
  return { number, response, calls };
}

/** A step from the journal, as far as it came. */
export function reopenStep({ number, response, toolCalls }: Step): OpenStep {
  const parts = toolCallsOf(response.message);
  const calls = toolCalls
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, id, name, input, status, result }) => ({
      step: number,
      index,
      // The journal's record has no `inputError`; the message it came from does.
      part: parts[index] ?? { type: 'tool_call' as const, id, name, input },
      status,
      result,
    }));
  return { number, response, calls };
}

/** Where the whole outputs of a step's calls are for the model to read. `mission`: of another mission than its own. */
export type OutputSource = { mission?: string };

/** Said outside of all marks: it is ours. */
function sayWhereRestIs({ content }: ToolResult, where: OutputSource & { step: number; call: number }): string {
  return `\n[the rest: ${READ_OUTPUT} ${JSON.stringify({ ...where, offset: lengthShown(content) })}]`;
}

/** What a finished step adds to the conversation: the reply and, in call order, its results. */
export function messagesOf(
  { number, response, calls }: OpenStep,
  results: ToolResult[],
  from?: OutputSource,
): Message[] {
  if (calls.length === 0) return [response.message];
  const shown = results.map((result, at) => {
    const content = result.untrusted ? markUntrusted(result) : result.content;
    const rest =
      result.truncated && from ? sayWhereRestIs(result, { ...from, step: number, call: calls[at]?.index ?? at }) : '';
    return { ...result, content: content + rest };
  });
  return [response.message, { role: 'tool', results: shown }];
}

/** What a conversation is held in: its session, its stage's tools and what the stage's answer has to be. */
export type Surroundings = {
  earlier: readonly EarlierMission[];
  /** What was said right before the goal. */
  said?: readonly SaidMessage[] | undefined;
  hasTools: boolean;
  /** Whether its tools let it read on where an output is cut. */
  canReadOutputs: boolean;
  outputRule: OutputRule | null;
  /** What stands for the first of its finished steps. */
  summary?: Summary | null;
};

/**
 * The conversation a mission starts with: what its session has said, what it was posted with, its goal, and the finished
 * steps of its journal.
 * Without tools of its own it is not shown the calls of others: providers refuse calls of tools that are not declared.
 */
export function startConversation(
  goal: string,
  finished: readonly Step[],
  { earlier, said = [], hasTools, canReadOutputs, outputRule, summary = null }: Surroundings,
): Conversation {
  const inSession = earlier.flatMap(({ missionId, said: saidThere = [], goal: earlierGoal, answer, steps }) => [
    ...saidThere.map(asMessage),
    userSays(earlierGoal),
    ...(hasTools
      ? steps
          .flatMap((step) => toMessages(step, canReadOutputs ? { mission: missionId } : undefined))
          .map(withoutReasoning)
      : []),
    modelSays(answer ?? UNFINISHED),
  ]);
  const before = [...inSession, ...said.map(asMessage)];
  const conversation: Conversation = {
    messages: [...before, userSays(goal)],
    goalIndex: before.length,
    starts: [],
    summary,
  };
  for (const step of finished) {
    const messages = toMessages(step, canReadOutputs ? {} : undefined);
    addStep(conversation, step.number, [...messages, ...mendingOf(step, outputRule)]);
  }
  return conversation;
}

/** Goes on with what a step has added. */
export function addStep({ messages, starts }: Conversation, step: number, added: readonly Message[]): void {
  starts.push({ step, at: messages.length });
  messages.push(...added);
}

/** An answer that was not the last thing its stage said was not valid. Nobody has written down what it was told. */
function mendingOf({ response, toolCalls }: Step, rule: OutputRule | null): Message[] {
  if (toolCalls.length > 0 || !rule) return [];
  const checked = rule.check(textOf(response.message));
  return checked.kind === 'invalid' ? [userSays(askToMend(checked.problem))] : [];
}

/**
 * What an earlier mission thought it thought before other messages than stand before it now: Anthropic's models refuse
 * thinking in front of which anything has changed. What it found out stays.
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
 */
function withoutReasoning(message: Message): Message {
  if (message.role !== 'assistant') return message;
  return { ...message, content: message.content.filter(({ type }) => type !== 'reasoning') };
}

/** What stands for the answer of a mission that failed or was cancelled: after a question, a model expects one. */
const UNFINISHED = '(I did not finish this.)';

export function userSays(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function asMessage({ role, content }: SaidMessage): Message {
  return role === 'user' ? userSays(content) : modelSays(content);
}

/** Providers refuse a text that is empty. */
function modelSays(text: string): Message {
  return { role: 'assistant', content: [{ type: 'text', text: text || '(nothing)' }] };
}

function toMessages(step: Step, from: OutputSource | undefined): Message[] {
  const opened = reopenStep(step);
  return messagesOf(opened, opened.calls.map(committedResult), from);
}

function committedResult({ step, index, result }: OpenCall): ToolResult {
  if (result === null) throw new Error(`the journal goes on after step ${step}, whose call ${index} has no result`);
  return result;
}
