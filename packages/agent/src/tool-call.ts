import type { ToolResult } from '@flotilla/core';
import { TimedOutError, withTimeout } from './abortable.ts';
import { cutOutput } from './cut.ts';
import type { OpenCall } from './history.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs } from './loop-context.ts';
import { toStorableText } from './storable.ts';
import type { Tool } from './tool.ts';
import { timeoutOf } from './tool-timeouts.ts';

/** What goes back to the model. A call that was not run, failed or took too long is an answer like any other. */
type Answer = { text: string; isError: boolean };

const OUTCOME_UNKNOWN =
  'outcome_unknown: this call was started, and then the process that ran it went away before its result was recorded. ' +
  'It may or may not have had its effect, and it was not made again. Find out which before you repeat it.';

/** Plays one call of a step, from wherever it was left, until its result is committed. A completed one is never repeated. */
export async function playToolCall(context: LoopContext, call: OpenCall): Promise<ToolResult> {
  if (call.result) return call.result;
  const tool = findTool(context, call.part.name);
  // What was started and is not declared idempotent may have had its effect, whatever has become of the tool since.
  if (call.status === 'started' && !tool?.idempotent) return commit(context, call, refuse(OUTCOME_UNKNOWN));
  return commit(context, call, await answerCall(context, call, tool));
}

async function commit({ signal, journal }: LoopContext, call: OpenCall, answer: Answer): Promise<ToolResult> {
  const { shown, stored } = cutOutput(toStorableText(answer.text));
  const { id, name } = call.part;
  const result = { toolCallId: id, name, content: shown, isError: answer.isError, truncated: stored !== null };
  signal.throwIfAborted();
  await journal.commitToolResult({ step: call.step, index: call.index, result, fullOutput: stored });
  return result;
}

function refuse(text: string): Answer {
  return { text, isError: true };
}

/** The mission's own list decides, not what this worker happens to have. */
function findTool({ spec, tools }: LoopContext, name: string): Tool | undefined {
  return spec.tools.includes(name) ? tools.get(name) : undefined;
}

async function answerCall(context: LoopContext, call: OpenCall, tool: Tool | undefined): Promise<Answer> {
  const { name, input, inputError } = call.part;
  if (!tool) return refuse(describeUnknown(context, name));
  if (inputError !== undefined) return refuse(`${inputError}\n${name} was not run.`);
  const invalid = checkInput(tool, input);
  if (invalid !== null) return refuse(`The arguments are not valid:\n${invalid}\n${name} was not run.`);

  assertOurs(context);
  if (!tool.idempotent) {
    await context.journal.startToolCall({ step: call.step, index: call.index });
    // The commit may have outlasted the lease.
    assertOurs(context);
  }
  return runTool(context, call, tool);
}

function describeUnknown({ spec, tools }: LoopContext, name: string): string {
  const allowed = spec.tools.filter((allowedName) => tools.has(allowedName));
  const list =
    allowed.length === 0 ? 'This mission has no tools' : `The tools of this mission are: ${allowed.join(', ')}`;
  return `There is no tool ${JSON.stringify(name)} here. ${list}.`;
}

function checkInput(tool: Tool, input: unknown): string | null {
  try {
    return tool.check(input);
  } catch (error) {
    return messageOf(error);
  }
}

async function runTool(context: LoopContext, call: OpenCall, tool: Tool): Promise<Answer> {
  const { missionId } = context;
  const { step, index: callIndex, part } = call;
  // Without attempt, worker or time: a repetition anywhere must bear the same key.
  const idempotencyKey = `m:${missionId}:${step}:${callIndex}`;
  try {
    const text = await withTimeout({ signal: context.signal, ms: timeoutOf(tool) }, async (signal) =>
      tool.run(part.input, { signal, missionId, step, callIndex, idempotencyKey }),
    );
    return { text, isError: false };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof TimedOutError)) return refuse(messageOf(error));
    const caveat = tool.idempotent ? '' : ' It may or may not have had its effect.';
    return refuse(`${tool.name} ${error.message}.${caveat}`);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : 'The tool failed without saying why.';
}
