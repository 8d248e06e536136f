import type { Step, ToolCallRecord } from '@flotilla/core';
import { textOf } from '@flotilla/core';
import type { ToolCallUsage } from '@flotilla/db';
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
      .describe('What the question has cost that it asked a model, beside the usage of its step; null: it asked none.'),
    startedAt: timeView.nullable(),
    completedAt: timeView.nullable(),
  })
  .meta({ id: 'ToolCall' });

export const stepView = z
  .object({
    number: z.int().describe('From 1, without gaps.'),
    attempt: z.int(),
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
    startedAt: timeView,
    respondedAt: timeView,
    completedAt: timeView.nullable().describe('null: its tools still run.'),
  })
  .meta({ id: 'Step' });

/**
 * One committed step. `text` is what the model wrote; its reasoning blocks stay inside, since only the provider that
 * wrote them can read them. A step whose tools still run is there already, with `completedAt: null`.
 */
export function toStepView(step: Step, asked: readonly ToolCallUsage[]): z.infer<typeof stepView> {
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
        asked.find(({ index }) => index === call.index),
      ),
    ),
    usage: toUsageView(response.usage),
    startedAt: toTime(step.startedAt),
    respondedAt: toTime(step.respondedAt),
    completedAt: toTimeOrNull(step.completedAt),
  };
}

/** `output` is what the model was shown; `truncated` says that there was more of it, `untrusted` that strangers may have written it. */
function toToolCallView(call: ToolCallRecord, asked: ToolCallUsage | undefined): z.infer<typeof toolCallView> {
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
    usage: asked ? toUsageView(asked) : null,
    startedAt: toTimeOrNull(call.startedAt),
    completedAt: toTimeOrNull(call.completedAt),
  };
}
