import type { Step, ToolCallRecord } from '@flotilla/core';
import { textOf } from '@flotilla/core';
import { isSimulated } from './mission.ts';
import { toTime, toTimeOrNull } from './time.ts';
import { toUsageView } from './usage.ts';

/**
 * One committed step. `text` is what the model wrote; its reasoning blocks stay inside, since only the provider that
 * wrote them can read them. A step whose tools still run is there already, with `completedAt: null`.
 */
export function toStepView(step: Step) {
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
    toolCalls: step.toolCalls.map(toToolCallView),
    usage: toUsageView(response.usage),
    startedAt: toTime(step.startedAt),
    respondedAt: toTime(step.respondedAt),
    completedAt: toTimeOrNull(step.completedAt),
  };
}

/** `output` is what the model was shown; `truncated` says that there was more of it, `untrusted` that strangers may have written it. */
function toToolCallView(call: ToolCallRecord) {
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
    startedAt: toTimeOrNull(call.startedAt),
    completedAt: toTimeOrNull(call.completedAt),
  };
}
