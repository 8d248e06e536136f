import type { Step, ToolResult } from '@flotilla/core';
import { FencedError, stagesOf, textOf } from '@flotilla/core';
import { onAborted } from './abortable.ts';
import { createReservations } from './budget/reservations.ts';
import type { OpenStep } from './history.ts';
import { addStep, messagesOf, openStep, reopenStep, startConversation, userSays } from './history.ts';
import type { LoopContext, MissionInput, RunContext } from './loop-context.ts';
import { stopAtBoundary } from './loop-context.ts';
import { callModel } from './model-call.ts';
import type { Completed, Failed, Outcome } from './outcome.ts';
import { failed, spentOf } from './outcome.ts';
import { createRepeats } from './repeats.ts';
import { nextStage, type Stage, stageOf } from './stage.ts';
import { createStepTries } from './step-tries.ts';
import { StoppedError } from './stop.ts';
import { askToMend, createOutputRules } from './structured-output.ts';
import { summarizePassed } from './summary.ts';
import { playToolCalls } from './tool-calls.ts';
import { READ_OUTPUT } from './tools/read-output.ts';
import { createAddresses } from './untrusted/addresses.ts';
import { createUntrustedWatch } from './untrusted/watch.ts';

/**
 * Runs a mission from wherever its journal ends until it has an outcome: model call → commit → tools, each result
 * committed → next step. A committed reply or result is never asked for again, whoever resumes.
 *
 * @throws what the journal throws, `FencedError` apart, after ending all that is in flight: then nobody knows how far
 * the journal came, and only a new claim can go on from it.
 */
export async function runMission(input: MissionInput): Promise<Outcome> {
  const run = new AbortController();
  const abandon = (error: unknown) => run.abort(error);
  const stopListening = onAborted(input.stop.signal, abandon);
  // What the last step's calls came back with was not known when it was written.
  const finished = input.steps.slice(0, -1);
  const context: RunContext = {
    ...input,
    signal: run.signal,
    runSignal: run.signal,
    abandon,
    tries: createStepTries(input),
    untrusted: createUntrustedWatch(finished, isUntrustedFromStart(input)),
    addresses: createAddresses({
      spec: input.spec,
      steps: finished,
      earlier: input.earlier ?? [],
      answers: input.answers ?? [],
    }),
    reservations: createReservations(),
  };
  const stopped = (reason: typeof input.stop.reason): Outcome => ({
    kind: 'stopped',
    reason: reason ?? 'fenced',
    ...spentOf(context.tries),
  });
  try {
    return await play(context);
  } catch (error) {
    if (error instanceof FencedError) return stopped('fenced');
    if (error instanceof StoppedError) return stopped(input.stop.reason);
    throw error;
  } finally {
    stopListening();
  }
}

async function play(run: RunContext): Promise<Outcome> {
  const { spec, steps, journal } = run;
  const last = steps.at(-1);
  let stage = stageOf(spec, steps);
  const rules = run.outputRules ?? createOutputRules();
  // What the mission comes to is held to its schema; what one role hands on to the next, to that role's own.
  const schemaOf = ({ isLast, role }: Stage) => (isLast ? (spec.outputSchema ?? role.outputSchema) : role.outputSchema);
  const enter = (): LoopContext => ({
    ...run,
    role: stage.role,
    chainStage: stage.index,
    agent: run.agents.of(stage.role),
    outputRule: rules.of(schemaOf(stage)),
    repeats: createRepeats(),
  });
  const begin = (finished: readonly Step[]) =>
    startConversation(stage.opening, finished, {
      earlier: run.earlier ?? [],
      said: spec.said,
      hasTools: stage.role.tools.length > 0,
      canReadOutputs: canReadOutputs(stage),
      outputRule: context.outputRule,
      summary: run.summary?.chainStage === stage.index ? run.summary : null,
    });
  let context = enter();
  const before = steps.filter((step) => step !== last && step.chainStage === stage.index);
  for (const { toolCalls } of before) context.repeats.add(toolCalls);
  let conversation = begin(before);
  let isMended = before.some(({ toolCalls }) => toolCalls.length === 0);
  let stageSteps = steps.filter(({ chainStage }) => chainStage === stage.index).length;
  let step: OpenStep | null = last ? reopenStep(last) : null;

  for (;;) {
    if (step) {
      let results: ToolResult[] = [];
      const end = judge(step);
      if (end?.kind === 'failed') return end;
      const checked = end && (context.outputRule?.check(end.output) ?? { kind: 'valid', output: end.output });
      if (checked?.kind === 'invalid') {
        if (isMended) return failed('output_invalid', `The answer is not valid by outputSchema: ${checked.problem}`);
        isMended = true;
        addStep(conversation, step.number, [...messagesOf(step, []), userSays(askToMend(checked.problem))]);
      } else if (checked && stage.isLast) {
        return { kind: 'completed', output: checked.output };
      } else if (end) {
        stage = nextStage(spec, stage, end.output);
        context = enter();
        conversation = begin([]);
        isMended = false;
        stageSteps = 0;
      } else {
        const played = await playToolCalls(context, step);
        if (played.kind === 'parked') return played;
        const outputs = canReadOutputs(stage) ? {} : undefined;
        addStep(conversation, step.number, messagesOf(step, played.results, outputs));
        context.repeats.add(step.calls.map(({ part }) => part));
        context.untrusted.add(step.number, played.results);
        results = played.results;
      }
      const calls = step.calls.map(({ part: { name, input } }, at) => ({ name, input, result: results[at] ?? null }));
      context.addresses.add({ number: step.number, message: step.response.message, calls });
    }
    stopAtBoundary(run);

    const number: number = (step?.number ?? 0) + 1;
    if (number > spec.limits.maxSteps) {
      return failed('max_steps', `No answer after ${spec.limits.maxSteps} steps, the limit of this mission`);
    }
    const { role } = stage;
    const { maxSteps } = role.limits;
    if (maxSteps !== undefined && stageSteps >= maxSteps) {
      return failed('max_steps', `No answer after ${maxSteps} steps, the limit of the role ${role.name}`);
    }
    await summarizePassed(context, { number, conversation });
    // An answer that has all that is needed and only not its form: a lesser model does as well.
    const isMending = step !== null && step.calls.length === 0 && isMended;
    const reply = await callModel(context, { number, conversation, isMending });
    if (reply.kind !== 'replied') return reply;

    const { kind: _, ...replied } = reply;
    const { response } = replied;
    step = openStep(number, response);
    stageSteps += 1;
    const toolCalls = step.calls.map(({ index, part: { id, name, input } }) => ({ index, id, name, input }));
    await journal.commitResponse({ number, chainStage: stage.index, ...replied, toolCalls });
    run.tries.reset();
  }
}

function canReadOutputs({ role }: Stage): boolean {
  return role.tools.includes(READ_OUTPUT);
}

/** A server that a client has named describes its own tools, and its words are in the prompt before anything is read. */
function isUntrustedFromStart({ spec, isSessionUntrusted = false }: MissionInput): boolean {
  const bringsServer = stagesOf(spec).some(({ declaredTools = [] }) => declaredTools.some((tool) => 'mcp' in tool));
  return spec.untrusted === true || isSessionUntrusted || bringsServer;
}

/** How its stage ends with this step, if it does. */
function judge({ response, calls }: OpenStep): Completed | Failed | null {
  switch (response.stopReason) {
    case 'refusal':
      return failed('model_refused', textOf(response.message) || 'The model refused to answer');
    case 'max_tokens':
      return failed('max_output_tokens', 'The reply was cut off at limits.maxOutputTokens; nothing of it was run');
    case 'end':
    case 'tool_calls':
      return calls.length === 0 ? { kind: 'completed', output: textOf(response.message) } : null;
  }
}
