import type { Answered, JsonValue, ToolResult } from '@flotilla/core';
import { SAME_CALL_STEPS_MAX } from '@flotilla/core';
import { TimedOutError, withTimeout } from './abortable.ts';
import type { Answer } from './answer.ts';
import { judgeApproval, messageOf, readAnswer, refuse } from './answer.ts';
import type { ApprovalReason } from './approval.ts';
import { reasonToApprove } from './approval.ts';
import { cutOutput } from './cut.ts';
import type { OpenCall } from './history.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs } from './loop-context.ts';
import { OutcomeUnknownError } from './outcome-unknown.ts';
import { createAsking } from './side-call.ts';
import { StoppedError } from './stop.ts';
import { toStorableText } from './storable.ts';
import type { ParkingTool, RunnableTool, Tool } from './tool.ts';
import { timeoutOf } from './tool-timeouts.ts';
import { mayGoTo, refuseAddress } from './untrusted/refuse-address.ts';

const CUT_OFF = 'this call was started, and then the process that ran it went away before its result was recorded';

/** The call cannot go on before somebody has approved or answered it, or a child mission has ended. */
export type Waiting = { call: OpenCall } & (
  | { tool: RunnableTool; because: ApprovalReason }
  | { tool: ParkingTool; because: null }
);

/**
 * Plays one call of a step, from wherever it was left, until its result is committed; a completed one is never
 * repeated. One that has to wait is left as it is.
 */
export async function playToolCall(context: LoopContext, call: OpenCall): Promise<ToolResult | Waiting> {
  if (call.result) return call.result;
  // Only of what may not be repeated the start is recorded: it may have had its effect, whatever stands for the tool now.
  if (call.status === 'started') return commitAnswer(context, call, outcomeUnknown(CUT_OFF));
  const answer = await answerCall(context, call);
  return 'call' in answer ? answer : commitAnswer(context, call, answer);
}

function outcomeUnknown(what: string): Answer {
  return refuse(
    `outcome_unknown: ${what}. ` +
      'It may or may not have had its effect, and it was not made again. Find out which before you repeat it.',
  );
}

export async function commitAnswer(
  { signal, journal }: LoopContext,
  call: OpenCall,
  answer: Answer,
): Promise<ToolResult> {
  const { shown, stored } = cutOutput(toStorableText(answer.text));
  const { id, name } = call.part;
  const { isError, untrusted, sideCall } = answer;
  const result = { toolCallId: id, name, content: shown, isError, truncated: stored !== null, untrusted };
  signal.throwIfAborted();
  await journal.commitToolResult({
    step: call.step,
    index: call.index,
    result,
    fullOutput: stored,
    ...(sideCall && { sideCall }),
  });
  return result;
}

async function answerCall(context: LoopContext, call: OpenCall): Promise<Answer | Waiting> {
  const { name, input, inputError } = call.part;
  const tool = context.agent.tools.get(name);
  if (!tool) return refuse(describeUnknown(context, name));
  if (inputError !== undefined) return refuse(`${inputError}\n${name} was not run.`);
  const invalid = checkInput(tool, input);
  if (invalid !== null) return refuse(`The arguments are not valid:\n${invalid}\n${name} was not run.`);

  if (context.repeats.countOf(call.part) >= SAME_CALL_STEPS_MAX) return refuse(describeRepeated(name));

  const answered = context.answers?.find(({ step, index }) => step === call.step && index === call.index);
  if ('park' in tool) return answered ? readAnswer(answered, tool) : { call, tool, because: null };
  if (answered) return makeApproved(context, { call, tool, answered });
  const because = reasonToApprove(context, tool, input);
  if (because !== null) return { call, tool, because };
  const refused = refuseAddress(context, name, tool.addressOf?.(input) ?? null);
  if (refused !== null) return refuse(refused);
  return makeCall(context, { call, tool, input });
}

/** An approval may come with other arguments; they have to fit like the model's own. */
async function makeApproved(
  context: LoopContext,
  { call, tool, answered }: { call: OpenCall; tool: RunnableTool; answered: Answered },
): Promise<Answer> {
  const { name, input } = call.part;
  const verdict = judgeApproval(answered, call.part);
  if (verdict.kind === 'refused') return verdict.answer;
  const { edited } = verdict;
  if (edited === null) return makeCall(context, { call, tool, input });
  const told = `This call was approved with other arguments: ${JSON.stringify(edited)}`;
  const invalid = checkInput(tool, edited);
  if (invalid !== null) return refuse(`${told}\nThey are not valid:\n${invalid}\n${name} was not run.`);
  const made = await makeCall(context, { call, tool, input: edited });
  return { ...made, text: `${told}\n${made.text}` };
}

type Made = { call: OpenCall; tool: RunnableTool; input: JsonValue };

async function makeCall(context: LoopContext, { call, tool, input }: Made): Promise<Answer> {
  assertOurs(context);
  if (!tool.idempotent) {
    await context.journal.startToolCall({ step: call.step, index: call.index });
    // The commit may have outlasted the lease.
    assertOurs(context);
  }
  return runTool(context, { call, tool, input });
}

function describeUnknown({ agent }: LoopContext, name: string): string {
  const allowed = [...agent.tools.keys()];
  const list =
    allowed.length === 0 ? 'This mission has no tools' : `The tools of this mission are: ${allowed.join(', ')}`;
  return `There is no tool ${JSON.stringify(name)} here. ${list}.`;
}

function describeRepeated(name: string): string {
  return (
    `You have called ${name} with these same arguments three times in a row; it will not tell you anything else. ` +
    `${name} was not run. Call it with other arguments, go about it in another way, or answer with what you know.`
  );
}

function checkInput(tool: Tool, input: unknown): string | null {
  try {
    return tool.check(input);
  } catch (error) {
    return messageOf(error);
  }
}

async function runTool(context: LoopContext, { call, tool, input }: Made): Promise<Answer> {
  const { missionId, attempt, secrets } = context;
  const { step, index: callIndex } = call;
  const hide = (text: string) => secrets?.hide(text) ?? text;
  const secret = (name: string): string => {
    if (!tool.secrets?.includes(name)) throw new Error(`${tool.name} does not name the secret ${name} among its own.`);
    const value = secrets?.get(name);
    if (value === undefined) throw new Error(`The secret ${name} is not configured on this worker.`);
    return value;
  };
  const asking = createAsking(context, { step, index: callIndex });
  // What it failed with may be a stranger's words too, and so may what a model makes of them.
  const isUntrusted = () =>
    tool.untrusted !== false || (asking.made !== undefined && context.untrusted.since() !== null);
  const paid = () => (asking.made ? { sideCall: asking.made } : {});
  // Without attempt, worker or time: a repetition anywhere must bear the same key.
  const idempotencyKey = `m:${missionId}:${step}:${callIndex}`;
  try {
    const run = withTimeout({ signal: context.signal, ms: timeoutOf(tool) }, async (signal, clock) =>
      tool.run(input, {
        signal,
        missionId,
        attempt,
        step,
        callIndex,
        idempotencyKey,
        secret,
        mayGoTo: (address) => mayGoTo(context, address),
        askModel: (question) => asking.ask(question, { signal, clock }),
      }),
    );
    const text = await asking.endAfter(run);
    return { text: hide(text), isError: false, untrusted: isUntrusted(), ...paid() };
  } catch (error) {
    context.signal.throwIfAborted();
    // It waited for a model: whoever resumes makes the call again.
    if (error instanceof StoppedError && tool.idempotent) throw error;
    if (error instanceof TimedOutError) {
      const what = `${tool.name} ${error.message}`;
      return { ...(tool.idempotent ? refuse(`${what}.`) : outcomeUnknown(what)), ...paid() };
    }
    const what = hide(messageOf(error));
    const isUnknown = error instanceof OutcomeUnknownError && !tool.idempotent;
    return { ...(isUnknown ? outcomeUnknown(what) : refuse(what)), untrusted: isUntrusted(), ...paid() };
  }
}
