import { expect, test } from 'vitest';
import { runMission } from '../../run.ts';
import { createScene } from '../../testing/script.ts';
import { createSpec } from '../../testing/spec.ts';
import { createTool } from '../../testing/tools.ts';
import { type ContractBench, USAGE } from './bench.ts';

/** What a model thought before it called a tool is its own when the result comes. */
export function thinkingContract(bench: ContractBench): void {
  const { fixture, answers, answerWith, expectRequests, requests, provider } = bench;

  test('thinking goes back unchanged with the results of the tools it led to, also on another worker', async () => {
    const done = answers.stream(fixture.render({ text: ['done'], stop: 'end', usage: USAGE }));
    const replies = [answers.stream(fixture.thoughtful.stream), done, done];
    answerWith((response, request) => replies[requests().length - 1]?.(response, request));
    const work = createTool('work', async () => 'worked');
    const spec = createSpec({ model: `${fixture.name}/${fixture.model}`, tools: ['work'] });
    const changes = { spec, providers: () => provider() };
    const first = createScene([], [work], changes);
    expect(await runMission(first.input)).toEqual({ kind: 'completed', output: 'done' });
    // From the journal, as far as it came before the answer.
    const resumed = createScene([], [work], { ...changes, steps: first.journal.steps.slice(0, 1) });
    expect(await runMission(resumed.input)).toEqual({ kind: 'completed', output: 'done' });
    expect(
      requests()
        .slice(1)
        .map(({ body }) => fixture.thoughtful.sentBackIn(body)),
    ).toEqual([fixture.thoughtful.goesBackAs, fixture.thoughtful.goesBackAs]);
    expectRequests(3);
  });
}
