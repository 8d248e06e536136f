import {
  createTurns,
  type Ownership,
  PLAN_ITEM_MAX_CHARS,
  PLAN_ITEMS_MAX,
  type PlanItem,
  storableText,
} from '@flotilla/core';
import { z } from 'zod';
import { defineTool, type RunnableTool, type Tool } from '../tool.ts';

/** Where a plan is: the session's, or the mission's own. Only the mission's owner writes. */
export type PlanStore = {
  read(owner: Ownership): Promise<PlanItem[]>;
  write(owner: Ownership, items: readonly PlanItem[]): Promise<void>;
};

export function createPlanTools({ plan }: { plan: PlanStore }): Tool[] {
  return [createReadPlan(plan), createWritePlan(plan), createTickPlan(plan)];
}

function createReadPlan(plan: PlanStore): RunnableTool {
  return defineTool({
    name: 'read_plan',
    description: 'Shows the plan: what is to be done, numbered, and what of it is done.',
    input: z.strictObject({}),
    idempotent: true,
    // A mission before this one in its session may have written it, with a stranger's words in its context.
    untrusted: true,
    run: async (_, owner) => show(await plan.read(owner)),
  });
}

function createWritePlan(plan: PlanStore): RunnableTool {
  return defineTool({
    name: 'write_plan',
    description:
      'Writes the plan anew: what is to be done, in order. Use it for work of several steps, and tick what is done. The ' +
      'plan is seen by whoever gave you the task, and by the next tasks of the same conversation.',
    input: z.strictObject({
      items: z
        .array(z.strictObject({ text: storableText(PLAN_ITEM_MAX_CHARS), done: z.boolean().default(false) }))
        .max(PLAN_ITEMS_MAX),
    }),
    idempotent: true,
    untrusted: false,
    async run({ items }, owner) {
      await plan.write(owner, items);
      return show(items);
    },
  });
}

function createTickPlan(plan: PlanStore): RunnableTool {
  const inTurn = createTurns();
  return defineTool({
    name: 'tick_plan',
    description: 'Marks items of the plan as done, by their numbers.',
    input: z.strictObject({
      numbers: z.array(z.int().min(1)).min(1).max(PLAN_ITEMS_MAX),
      done: z.boolean().default(true),
    }),
    idempotent: true,
    untrusted: false,
    run: ({ numbers, done }, owner) =>
      // Two ticks of one reply would each write the plan without the other's.
      inTurn(owner.missionId, async () => {
        owner.signal.throwIfAborted();
        const items = await plan.read(owner);
        const strange = numbers.filter((number) => number > items.length);
        if (strange.length > 0) throw new Error(`The plan has ${items.length} items; none has number ${strange[0]}.`);
        const ticked = items.map((item, index) => (numbers.includes(index + 1) ? { ...item, done } : item));
        await plan.write(owner, ticked);
        // Without the items' words: what read_plan marks as a stranger's would come in here unmarked.
        return ticked.map((item, index) => `${index + 1}. ${box(item)}`).join('\n');
      }),
  });
}

function show(items: readonly PlanItem[]): string {
  if (items.length === 0) return 'The plan is empty.';
  return items.map((item, index) => `${index + 1}. ${box(item)} ${item.text}`).join('\n');
}

function box({ done }: PlanItem): string {
  return done ? '[x]' : '[ ]';
}
