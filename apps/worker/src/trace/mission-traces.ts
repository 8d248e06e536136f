import type { Provider, ToolContext } from '@flotilla/agent';
import type { Ownership, Usage } from '@flotilla/core';
import type { ClaimedDelivery, ClaimedMission } from '@flotilla/db';
import type { Span, SpanEnd, SpanStart, Tracing } from '@flotilla/platform';

/** What is under way in a mission, to be told how it went. */
export type Going = { end(told: { failed: string | null; usage?: Usage }): void };
type ModelContext = Parameters<Provider['call']>[0]['context'];

/**
 * The spans of a mission: `queue` and one `run` for each claim under the request that made it, a `step` for each step a
 * run plays, and the model and tool calls under those. The mission's row holds the trace, so whoever resumes it goes on
 * in the same one. Where nothing is exported they cost a look into an empty map.
 */
export type MissionTraces = {
  /** Plays a claim; `work` says how it ended. */
  run<T>(mission: ClaimedMission, workerId: string, work: () => Promise<T>): Promise<T>;
  model(provider: string, model: string, context: ModelContext): Going;
  /** `label`: what the tool goes by in figures. */
  tool(label: string, context: Pick<ToolContext, 'missionId' | 'attempt' | 'step' | 'callIndex'>): Going;
  /** One POST of a delivery, in the trace of its mission. */
  webhook(delivery: ClaimedDelivery): Span;
};

const NOTHING: Going = { end: () => undefined };

type Run = { span: Span; step: { number: number; span: Span } | null };

export function createMissionTraces(tracing: Tracing): MissionTraces {
  const runs = new Map<string, Run>();
  const keyOf = ({ missionId, attempt }: Ownership) => `${missionId} ${attempt}`;

  /** The span of a step, which ends when the next begins: nothing else is in flight then. */
  function stepOf(owner: Ownership, number: number): Span | null {
    const run = runs.get(keyOf(owner));
    if (!run) return null;
    if (run.step?.number === number) return run.step.span;
    run.step?.span.end();
    const fields = { 'flotilla.mission.id': owner.missionId, 'flotilla.step': number };
    const span = tracing.start({ name: 'step', kind: 'internal', parent: run.span.traceparent, fields });
    run.step = { number, span };
    return span;
  }

  function under(step: Span | null, start: Omit<SpanStart, 'parent'>): Going {
    if (step === null) return NOTHING;
    const span = tracing.start({ ...start, parent: step.traceparent });
    return { end: ({ failed, usage }) => span.end({ failed, ...(usage && { fields: usageFields(usage) }) }) };
  }

  return {
    async run(mission, workerId, work) {
      const { id: missionId, attempt, pool, queuedMs, traceparent: parent } = mission;
      // Off, and nobody's trace to pass on.
      if (!tracing.isOn && parent === null) return work();
      const fields = { 'flotilla.mission.id': missionId, 'flotilla.pool': pool, 'flotilla.attempt': attempt };
      if (attempt === 1) {
        const startedAt = new Date(Date.now() - queuedMs);
        tracing.start({ name: 'queue', kind: 'consumer', parent, fields, startedAt }).end();
      }
      const own = { ...fields, 'flotilla.worker.id': workerId };
      const run: Run = { span: tracing.start({ name: 'run', kind: 'consumer', parent, fields: own }), step: null };
      const key = keyOf({ missionId, attempt });
      if (tracing.isOn) runs.set(key, run);
      const end: SpanEnd = {};
      try {
        return await tracing.within(run.span, work);
      } catch (error) {
        end.failed = 'internal_error';
        throw error;
      } finally {
        runs.delete(key);
        run.step?.span.end();
        run.span.end(end);
      }
    },
    model(provider, model, { step, try: go, ...owner }) {
      const fields = { 'gen_ai.provider.name': provider, 'gen_ai.request.model': model, 'flotilla.try': go };
      return under(stepOf(owner, step), { name: `model ${provider}`, kind: 'client', fields });
    },
    tool(label, { step, callIndex, ...owner }) {
      const fields = { 'gen_ai.tool.name': label, 'flotilla.step': step, 'flotilla.call': callIndex };
      return under(stepOf(owner, step), { name: `tool ${label}`, kind: 'internal', fields });
    },
    webhook({ id, attempt, mission, traceparent: parent }) {
      const of = mission && { 'flotilla.mission.id': mission.id };
      const fields = { 'flotilla.delivery.id': id, 'flotilla.attempt': attempt, ...of };
      return tracing.start({ name: 'webhook', kind: 'client', parent, fields });
    },
  };
}

function usageFields({ inputTokens, outputTokens }: Usage) {
  return { 'gen_ai.usage.input_tokens': inputTokens, 'gen_ai.usage.output_tokens': outputTokens };
}
