import { expect, test } from 'vitest';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';

const ask = (text: string) => toolCall('look_up', { text });

/** A tool that counts how often it was really run. */
function createLookUp() {
  const seen: (string | undefined)[] = [];
  const tool = createTool('look_up', async ({ text }) => {
    seen.push(text);
    return 'nothing found';
  });
  return { seen, tool };
}

test('a model that asks for the same thing step after step is told so after three times, and the tool is left alone', async () => {
  const { seen, tool } = createLookUp();
  const stuck = Array.from({ length: 5 }, () => calls(ask('a')));
  const { input, journal } = createScene([...stuck, says('I give up')], [tool]);
  expect(await runMission(input)).toEqual({ kind: 'completed', output: 'I give up' });
  expect(seen).toEqual(['a', 'a', 'a']);
  const results = journal.steps.flatMap(({ toolCalls }) => toolCalls.map(({ result }) => result));
  expect(results.map((result) => result?.isError)).toEqual([false, false, false, true, true]);
  expect(results[3]?.content).toContain('three times');
});

test('other arguments, several at once, and the same again after something else are all made', async () => {
  const { seen, tool } = createLookUp();
  const moves = [
    calls(ask('a'), { ...ask('a'), id: 'twice' }),
    calls(ask('a')),
    calls(ask('a')),
    calls(ask('b')),
    calls(ask('a')),
  ];
  const { input } = createScene([...moves, says('done')], [tool]);
  await runMission(input);
  expect(seen).toEqual(['a', 'a', 'a', 'a', 'b', 'a']);
});

test('whoever resumes the mission counts the same', async () => {
  const { seen, tool } = createLookUp();
  const stuck = Array.from({ length: 4 }, () => calls(ask('a')));
  const whole = createScene([...stuck, says('done')], [tool]);
  await runMission(whole.input);
  expect(seen).toHaveLength(3);
  for (const cut of [1, 2, 3]) {
    const again = createLookUp();
    const steps = whole.journal.steps.slice(0, cut);
    await runMission(createScene([...stuck.slice(cut), says('done')], [again.tool], { steps }).input);
    expect(again.seen).toHaveLength(3 - cut);
  }
});
