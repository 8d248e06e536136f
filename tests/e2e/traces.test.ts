import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { type Collector, type ReceivedSpan, startCollector } from './collector.ts';
import { type Fleet, startFleet } from './fleet.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const GOAL = 'a goal that no span may ever hold';

let collector: Collector;
let fleet: Fleet;

beforeAll(async () => {
  collector = await startCollector();
  fleet = await startFleet('redis', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});

const named = (name: string) => (span: ReceivedSpan) => span.name === name || span.name.startsWith(`${name} `);

describe('a mission that another worker goes on with', () => {
  it('is one trace from its caller to its webhook, and says nothing of what was asked', async () => {
    const first = await fleet.startWorker();
    const modelOptions = { steps: 3, latencyMs: 700 };
    const mission = { goal: GOAL, model: 'sim/load', modelOptions, webhook: { url: fleet.receiverUrl } };
    const { body } = await fleet.post(mission, { traceparent: TRACEPARENT });
    await waitFor(async () => (await fleet.get<{ stepCount: number }>(`/v1/missions/${body.id}`)).stepCount >= 1, {
      what: 'a first step',
      timeoutMs: 30_000,
    });
    const leaving = first.stop('SIGTERM');
    const second = await fleet.startWorker();
    await leaving;
    expect((await fleet.ended(body.id)).status).toBe('completed');

    const spans = await waitFor(
      () => {
        const own = collector.spans.filter(({ traceId }) => traceId === CALLER.traceId);
        return own.some(named('webhook')) && own.filter(named('run')).length === 2 ? own : undefined;
      },
      { what: 'its spans', timeoutMs: 30_000 },
    );
    const childrenOf = (span: ReceivedSpan | undefined, name: string) =>
      spans.filter((one) => one.parentSpanId === span?.spanId && named(name)(one));
    const [post, ...more] = spans.filter(({ parentSpanId }) => parentSpanId === CALLER.spanId);
    expect(post).toMatchObject({ name: 'POST /v1/missions', service: 'flotilla-api' });
    expect(more).toEqual([]);
    expect(childrenOf(post, 'queue')).toHaveLength(1);

    const attemptOf = ({ fields }: ReceivedSpan) => Number(fields['flotilla.attempt']);
    const runs = childrenOf(post, 'run').toSorted((a, b) => attemptOf(a) - attemptOf(b));
    expect(runs.map(attemptOf)).toEqual([1, 2]);
    expect(new Set(runs.map(({ instance }) => instance)).size).toBe(2);
    const steps = runs.flatMap((run) => childrenOf(run, 'step'));
    const numbers = new Set(steps.map(({ fields }) => fields['flotilla.step']));
    expect([...numbers]).toEqual(['1', '2', '3', '4']);
    expect(steps.flatMap((step) => childrenOf(step, 'model'))).toHaveLength(4);
    expect(steps.flatMap((step) => childrenOf(step, 'tool'))).toHaveLength(3);
    expect(childrenOf(post, 'webhook')).toMatchObject([{ service: 'flotilla-worker', failed: false }]);
    // Nothing of the trace hangs in the air.
    const ids = new Set([CALLER.spanId, ...spans.map(({ spanId }) => spanId)]);
    expect(spans.filter(({ parentSpanId }) => !ids.has(parentSpanId))).toEqual([]);

    const [webhook] = childrenOf(post, 'webhook');
    expect(fleet.webhooks.map(({ traceparent }) => traceparent)).toEqual([
      `00-${CALLER.traceId}-${webhook?.spanId}-01`,
    ]);
    expect(collector.bodies.join('\n')).not.toContain(GOAL);
    const outputs = [fleet.api, first, second].map(({ output }) => output());
    for (const output of outputs) expect(output).toContain(`"traceId":"${CALLER.traceId}"`);
  });

  it('begins a trace of its own where the caller has none, or none that can be read', async () => {
    const { body } = await fleet.post(
      { goal: GOAL, model: 'sim/load', modelOptions: { steps: 0 } },
      { traceparent: 'x' },
    );
    await fleet.ended(body.id);
    const run = await waitFor(
      () => collector.spans.find((span) => named('run')(span) && span.fields['flotilla.mission.id'] === body.id),
      { what: 'its run', timeoutMs: 30_000 },
    );
    const post = collector.spans.find(({ spanId }) => spanId === run.parentSpanId);
    expect(post).toMatchObject({ name: 'POST /v1/missions', parentSpanId: '', traceId: run.traceId });
  });
});

describe('without an exporter', () => {
  it('a caller’s trace is passed on to the webhook all the same', async () => {
    await using plain = await startFleet('redis');
    await plain.startWorker();
    const mission = { goal: GOAL, model: 'sim/load', modelOptions: { steps: 0 }, webhook: { url: plain.receiverUrl } };
    await plain.post(mission, { traceparent: TRACEPARENT });
    await plain.post(mission);
    await waitFor(() => plain.webhooks.length === 2, { what: 'both webhooks', timeoutMs: 30_000 });
    const borne = plain.webhooks.map(({ traceparent }) => traceparent ?? null);
    expect(borne).toHaveLength(2);
    expect(new Set(borne)).toEqual(new Set([TRACEPARENT, null]));
  });
});
