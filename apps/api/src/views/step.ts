import type { Step, ToolCallRecord, Usage } from '@flotilla/core';
import { addUsage, textOf } from '@flotilla/core';
import type { UsageBeside } from '@flotilla/db';
import { z } from 'zod';
import { isSimulated } from './mission.ts';
import { timeView, toTime, toTimeOrNull } from './time.ts';
import { toUsageView, usageView } from './usage.ts';

const toolCallView = z
  .object({
    index: z.int().describe('Its place among the calls of its step, from 0.'),
    id: z.string(),
    name: z.string(),
    input: z.json(),
    status: z.enum(['pending', 'started', 'completed']),
    output: z.string().nullable().describe('What the model was shown.'),
    isError: z.boolean().nullable(),
    truncated: z.boolean().nullable().describe('There was more of it than the model was shown.'),
    untrusted: z.boolean().nullable().describe('Strangers may have written it.'),
    usage: usageView
      .nullable()
      .describe(
        'What it has cost to ask a model, beside the usage of its step: more than once where an answer broke off, or the mission was stopped while it waited for one; null: it asked none.',
      ),
    cached: z.boolean().describe('The model it asked had answered the same before, and that answer cost nothing.'),
    startedAt: timeView.nullable(),
    completedAt: timeView.nullable(),
  })
  .meta({ id: 'ToolCall' });

export const stepView = z
  .object({
    number: z.int().describe('From 1, without gaps.'),
    attempt: z.int().describe('0: it was copied from another mission, which has paid for it.'),
    tries: z.int(),
    provider: z.string(),
    model: z.string(),
    cached: z.boolean().describe('It had been answered before, and cost nothing.'),
    passedOver: z
      .array(z.object({ provider: z.string(), model: z.string(), code: z.string(), message: z.string() }))
      .describe('The models that were to answer before this one, and why they could not.'),
    simulated: z.boolean(),
    stopReason: z.enum(['end', 'tool_calls', 'max_tokens', 'refusal']),
    text: z.string(),
    toolCalls: z.array(toolCallView),
    usage: usageView,
    summaryUsage: usageView
      .nullable()
      .describe(
        'What the summary of earlier steps has cost that was made before its call, beside its own usage. The last step has that of a call which has not come, too; null: none was made.',
      ),
    unusedUsage: usageView
      .nullable()
      .describe(
        'What calls for it have cost that came to nothing, beside its own usage: they broke off, or the mission was stopped meanwhile. The last step has that of a step which has not come, too; null: none has cost anything.',
      ),
    startedAt: timeView,
    respondedAt: timeView,
    completedAt: timeView.nullable().describe('null: its tools still run.'),
  })
  .meta({ id: 'Step' });

/**
 * One committed step. `text` is what the model wrote; its reasoning blocks stay inside, since only the provider that
 * wrote them can read them. A step whose tools still run is there already, with `completedAt: null`. The usages of all
 * steps that were not copied, with those of their tool calls and summaries and of what was unused, make up that of the
 * mission, unless it has no step at all.
 */
export function toStepView(step: Step, beside: readonly UsageBeside[]): z.infer<typeof stepView> {
  const { response } = step;
  return {
    number: step.number,
    attempt: step.attempt,
    tries: step.tries,
    provider: response.provider,
    model: response.model,
    cached: step.cached,
    passedOver: step.passedOver.map(({ provider, model, code, message }) => ({ provider, model, code, message })),
    simulated: response.provider === 'sim' || isSimulated(response.model),
    stopReason: response.stopReason,
    text: textOf(response.message),
    toolCalls: step.toolCalls.map((call) =>
      toToolCallView(
        call,
        beside.filter(({ index }) => index === call.index),
      ),
    ),
    usage: toUsageView(response.usage),
    summaryUsage: toSum(beside.filter(({ index, isUnused }) => index === null && !isUnused)),
    unusedUsage: toSum(beside.filter(({ isUnused }) => isUnused)),
    startedAt: toTime(step.startedAt),
    respondedAt: toTime(step.respondedAt),
    completedAt: toTimeOrNull(step.completedAt),
  };
}

/** `output` is what the model was shown; `truncated` says that there was more of it, `untrusted` that strangers may have written it. */
function toToolCallView(call: ToolCallRecord, asked: readonly UsageBeside[]): z.infer<typeof toolCallView> {
  return {
    index: call.index,
    id: call.id,
    name: call.name,
    input: call.input,
    status: call.status,
    output: call.result?.content ?? null,
    isError: call.result?.isError ?? null,
    truncated: call.result?.truncated ?? null,
    untrusted: call.result?.untrusted ?? null,
    usage: toSum(asked),
    cached: asked.some(({ cached }) => cached),
    startedAt: toTimeOrNull(call.startedAt),
    completedAt: toTimeOrNull(call.completedAt),
  };
}

function toSum(usages: readonly Usage[]): z.infer<typeof usageView> | null {
  return usages.length === 0 ? null : toUsageView(usages.reduce(addUsage));
}
