import type { ModelResponse } from '@flotilla/core';
import type { Budget } from '../budget/budget.ts';
import type { MissionInput } from '../loop-context.ts';
import type { CallHooks, ModelRequest } from '../provider.ts';
import { createLlm } from '../tools/llm.ts';
import { createScene } from './script.ts';
import { calls, says, toolCall } from './spec.ts';

export const llm = createLlm({ isModelAllowed: (model) => model !== 'sim/forbidden' });

export type Reply = ModelResponse | Error;
type Move = (request: ModelRequest, hooks: CallHooks) => Reply | Promise<Reply>;

/** A mission that asks these questions at once; `answer` is what the model makes of each. */
export function createAskingScene(questions: object[], answer: Move, changes: Partial<MissionInput> = {}) {
  const asked: ModelRequest[] = [];
  const move = async (request: ModelRequest, hooks: CallHooks) => {
    if (request.tools.length > 0) {
      if (request.messages.length > 1) return says('"done"');
      return calls(...questions.map((input, index) => toolCall('llm', { ...input }, `c${index}`)));
    }
    asked.push(request);
    const made = await answer(request, hooks);
    if (made instanceof Error) throw made;
    return made;
  };
  const scene = createScene(
    Array.from({ length: 12 }, () => move),
    [llm],
    changes,
  );
  const results = () => scene.journal.steps[0]?.toolCalls.map(({ result }) => result) ?? [];
  return { ...scene, asked, results };
}

/** Has room for so many calls that cost something, and remembers what it was asked. */
export function createBudget(room: number) {
  const reserved: Parameters<Budget['reserve']>[0][] = [];
  const givenBack: number[] = [];
  const budget: Budget = {
    priceOf: () => 1,
    async reserve(call) {
      reserved.push(call);
      const optional = reserved.filter(({ isOptional }) => isOptional).length;
      if (!call.isOptional || call.tokens === 0 || optional <= room) return { kind: 'reserved' };
      return { kind: 'exhausted', shortage: { what: 'usd', limit: 1, spent: 1, reserved: 0, needed: 1 } };
    },
    async giveBack(number) {
      givenBack.push(number);
    },
  };
  return { budget, reserved, givenBack };
}
