import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, MISSION_ID, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';
import type { ToolContext } from './tool.ts';

/** What each of a step's calls does, and the order in which they end. */
const fates = fc.array(fc.constantFrom('answers', 'throws', 'hangs'), { minLength: 2, maxLength: 8 });
const plan = fates.chain((kinds) =>
  fc.record({
    kinds: fc.constant(kinds),
    order: fc.shuffledSubarray([...kinds.keys()], { minLength: kinds.length }),
    idempotent: fc.boolean(),
  }),
);

test('calls end in any order and any way: each has its own result, in call order, and none waits for another', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ kinds, order, idempotent }) => {
      const gates = kinds.map(() => Promise.withResolvers<void>());
      const keys: string[] = [];
      const aborted: number[] = [];
      async function run(context: ToolContext): Promise<string> {
        const { callIndex, idempotencyKey, signal } = context;
        keys.push(idempotencyKey);
        signal.addEventListener('abort', () => aborted.push(callIndex));
        // All run at once: none is let go before every one has begun.
        if (keys.length === kinds.length) void letGo();
        await gates[callIndex]?.promise;
        switch (kinds[callIndex]) {
          case 'throws':
            throw new Error(`error ${callIndex}`);
          case 'hangs':
            return new Promise<never>(() => undefined);
          default:
            return `result ${callIndex}`;
        }
      }
      const work = createTool('work', async (_input, context) => run(context), { idempotent });
      const stuck = createTool('stuck', async (_input, context) => run(context), { idempotent, timeoutMs: 20 });
      async function letGo(): Promise<void> {
        for (const index of order) {
          gates[index]?.resolve();
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      const parts = kinds.map((kind, index) => toolCall(kind === 'hangs' ? 'stuck' : 'work', {}, `call_${index}`));
      const { input, provider, journal } = createScene([calls(...parts), says('ok')], [work, stuck]);
      expect(await runMission(input)).toMatchObject({ kind: 'completed' });

      const expected = kinds.map((kind, index) => {
        if (kind === 'answers') return `result ${index}`;
        if (kind === 'throws') return `error ${index}`;
        return idempotent ? 'stuck timed out after 0.02 s.' : 'outcome_unknown: stuck timed out after 0.02 s';
      });
      const shown = provider.requests[1]?.messages.at(-1);
      const results = shown?.role === 'tool' ? shown.results : [];
      expect(results.map(({ toolCallId }) => toolCallId)).toEqual(kinds.map((_, index) => `call_${index}`));
      expect(results.map(({ content }, index) => content.slice(0, expected[index]?.length))).toEqual(expected);
      expect(journal.steps[0]?.toolCalls.map(({ result }) => result)).toEqual(results);
      // Only what timed out was aborted, and each key is its call's own.
      expect(new Set(aborted)).toEqual(new Set([...kinds.keys()].filter((index) => kinds[index] === 'hangs')));
      expect(keys.toSorted()).toEqual(kinds.map((_, index) => `m:${MISSION_ID}:1:${index}`));
    }),
    { numRuns: 60 },
  );
});
