import { describe, expect, it } from 'vitest';
import type { MissionView } from '../chaos/stage/client.ts';
import { judge } from '../chaos/verdict.ts';
import type { CallEnd, WitnessLine } from '../chaos/witness/log.ts';

let calls = 0;

type Made = { worker: string; end: CallEnd; port: number; ref: string };

/** A model call of mission `m1`, begun at a second, by a worker. */
function model(
  at: number,
  step: number,
  { worker = 'a', end = 'completed', port = 1, ref = 'm1' }: Partial<Made> = {},
): WitnessLine[] {
  const call = (calls += 1);
  return [
    { kind: 'model', call, at: at * 1_000, ref, step, worker, port },
    { kind: 'model_end', call, at: at * 1_000 + 1, end },
  ];
}

function tool(at: number, step: number, { worker = 'a', idempotent = true } = {}): WitnessLine[] {
  const about = { ref: 'm1', missionId: 'mis_1', step, index: idempotent ? 0 : 1, key: `${step}`, idempotent, worker };
  return [{ kind: 'tool', at: at * 1_000, ...about }];
}

const webhook: WitnessLine = {
  kind: 'webhook',
  at: 99_000,
  id: 'dlv_1',
  type: 'mission.completed',
  missionId: 'mis_1',
  ref: 'm1',
  verified: true,
  accepted: true,
};

function verdictOf(lines: WitnessLine[][], end: Partial<MissionView> | null = {}, hooks = [webhook]) {
  const view = end && { id: 'mis_1', status: 'completed', output: 'done m1', attempt: 1, statusReason: null, ...end };
  return judge({
    lines: [...lines.flat(), ...hooks],
    accepted: [{ ref: 'm1', id: 'mis_1' }],
    ends: new Map([['m1', view]]),
    mayEnd: ['completed'],
  });
}

describe('the verdict of the failure suite', () => {
  it('is content with a mission that was run once', () => {
    const verdict = verdictOf([model(1, 1), tool(2, 1), tool(2, 1, { idempotent: false }), model(3, 2)]);
    expect(verdict).toEqual({ lost: 0, repeated: 0, inFlightRepeats: 0, webhooksMissing: 0, problems: [] });
  });

  it.each([
    [
      'a model call after one of its tools ran',
      [model(1, 1), tool(2, 1), model(3, 1, { worker: 'b' }), model(4, 2, { worker: 'b' })],
    ],
    ['a model call after the next step began', [model(1, 1), model(2, 2), model(3, 1, { worker: 'b' })]],
    ['a tool call after the next step began', [tool(1, 1), model(2, 2), tool(3, 1, { worker: 'b' })]],
    [
      'a tool that must not be repeated',
      [tool(1, 1, { idempotent: false }), tool(2, 1, { idempotent: false, worker: 'b' })],
    ],
    [
      'a worker that was taken over and goes on for two steps',
      [
        model(1, 1),
        model(9, 1, { worker: 'b' }),
        tool(10, 1, { worker: 'b' }),
        model(20, 2, { worker: 'b' }),
        model(30, 1),
        model(31, 2),
      ],
    ],
  ])('counts as repeated %s, however often the mission was taken over', (_, lines) => {
    expect(verdictOf(lines, { attempt: 9 }).repeated).toBeGreaterThan(0);
  });

  it('allows what was cut off to be made again, one step for each take-over', () => {
    const lines = [model(1, 1, { end: 'cut' }), model(14, 1, { worker: 'b' }), tool(15, 1, { worker: 'b' })];
    expect(verdictOf(lines, { attempt: 2 })).toMatchObject({ repeated: 0, inFlightRepeats: 1 });
    expect(verdictOf(lines, { attempt: 1 })).toMatchObject({ repeated: 1 });
    const twice = [...lines, tool(30, 1, { worker: 'c' })];
    expect(verdictOf(twice, { attempt: 2 })).toMatchObject({ repeated: 1 });
    expect(verdictOf(twice, { attempt: 3 })).toMatchObject({ repeated: 0, inFlightRepeats: 2 });
  });

  it('allows a woken worker the call it was about to make, and no more', () => {
    const zombie = [model(1, 1), tool(2, 1), model(15, 2, { worker: 'b' }), tool(16, 2, { worker: 'b' }), model(20, 2)];
    expect(verdictOf(zombie, { attempt: 2 })).toMatchObject({ repeated: 0, inFlightRepeats: 1 });
    expect(verdictOf([...zombie, tool(22, 2)], { attempt: 2 }).repeated).toBeGreaterThan(0);
  });

  it('allows a worker that stood still the first call it was about to make, and one that did not none', () => {
    const other = (at: number) => model(at, 1, { worker: 'b', ref: 'm2' });
    const takenOver = [model(15, 1), tool(16, 1), model(20, 1, { worker: 'b' })];
    expect(verdictOf([other(2), ...takenOver], { attempt: 2 })).toMatchObject({ repeated: 0, inFlightRepeats: 1 });
    expect(verdictOf([other(10), ...takenOver], { attempt: 2 }).repeated).toBe(1);
    expect(verdictOf([other(2), ...takenOver, tool(22, 1, { worker: 'b' })], { attempt: 2 }).repeated).toBeGreaterThan(
      0,
    );
  });

  it('leaves alone what the provider refused or never finished', () => {
    const lines = [model(1, 1, { end: 'refused' }), model(2, 1, { end: 'stalled' }), model(3, 1)];
    expect(verdictOf(lines)).toMatchObject({ repeated: 0, inFlightRepeats: 0 });
  });

  it('leaves alone a call whose connection was broken before its end, and nothing that had ended by then', () => {
    const hurt: WitnessLine[] = [{ kind: 'hurt', port: 7, at: 5_000 }];
    const again = model(8, 1, { port: 8 });
    const broken = [hurt, model(5, 1, { port: 7 }), again];
    expect(verdictOf(broken)).toMatchObject({ repeated: 0, inFlightRepeats: 0 });
    expect(verdictOf([...broken, model(9, 1, { port: 8 })])).toMatchObject({ repeated: 1 });
    expect(verdictOf([...broken, tool(9, 1), model(10, 1, { port: 8 })])).toMatchObject({ repeated: 1 });
    expect(verdictOf([hurt, model(5, 1, { port: 6 }), again])).toMatchObject({ repeated: 1 });
    expect(verdictOf([hurt, model(1, 1, { port: 7 }), again])).toMatchObject({ repeated: 1 });
  });

  it('misses what was lost, what ended wrongly, and a webhook that did not come or does not verify', () => {
    expect(verdictOf([], null)).toMatchObject({ lost: 1 });
    expect(verdictOf([], { status: 'running' })).toMatchObject({ lost: 1, webhooksMissing: 1 });
    expect(verdictOf([], { output: 'done m2' }).problems).toHaveLength(1);
    expect(verdictOf([], {}, [])).toMatchObject({ webhooksMissing: 1 });
    const forged = { ...webhook, verified: false, accepted: false };
    expect(verdictOf([], {}, [forged])).toMatchObject({ webhooksMissing: 1 });
    expect(verdictOf([], {}, [webhook, { ...webhook, id: 'dlv_2' }]).problems).toHaveLength(1);
  });
});
