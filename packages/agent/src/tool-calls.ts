import type { ToolResult } from '@flotilla/core';
import { FencedError } from '@flotilla/core';
import type { OpenStep } from './history.ts';
import type { LoopContext } from './loop-context.ts';
import { stopAtBoundary } from './loop-context.ts';
import type { Parked } from './outcome.ts';
import { spentOf } from './outcome.ts';
import { askFor } from './park.ts';
import { StoppedError } from './stop.ts';
import type { Waiting } from './tool-call.ts';
import { commitAnswer, playToolCall } from './tool-call.ts';

/** A reply may ask for thousands of calls; they are all made, this many at a time. */
const CALLS_AT_ONCE = 32;

/**
 * Plays what is left of a step's calls, in parallel, each result committed by itself; resolves with all results in
 * call order. A call that fails is a result and disturbs no other; a commit that fails ends them all.
 *
 * Calls that have to wait are looked at when all others are done, so that the mission parks once, for all of them.
 */
export async function playToolCalls(
  context: LoopContext,
  { calls }: OpenStep,
): Promise<{ kind: 'answered'; results: ToolResult[] } | Parked> {
  const played: (ToolResult | Waiting)[] = [];
  await inLanes(context, calls, async (call, position) => {
    played[position] = await playToolCall(context, call);
  });

  const { asks, children, refused } = askFor(context, played.filter(isWaiting));
  await inLanes(context, refused, async ({ call, answer }) => {
    played[calls.indexOf(call)] = await commitAnswer(context, call, answer);
  });
  if (asks.length > 0 || children.length > 0) return { kind: 'parked', asks, children, ...spentOf(context.tries) };
  return { kind: 'answered', results: played.flatMap((one) => (isWaiting(one) ? [] : one)) };
}

function isWaiting(played: ToolResult | Waiting): played is Waiting {
  return 'tool' in played;
}

async function inLanes<Item>(
  context: LoopContext,
  items: readonly Item[],
  play: (item: Item, position: number) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  let done = 0;
  const entries = items.entries();

  async function playLane(): Promise<void> {
    // The iterator is shared: each lane takes whichever item is next.
    for (const [position, item] of entries) {
      // What was told to stop starts nothing new; whoever resumes finds the rest pending.
      if (errors.length > 0 || context.stop.reason) return;
      try {
        await play(item, position);
        done += 1;
      } catch (error) {
        // It had only waited to begin, and is left pending: the others of its step finish.
        if (error instanceof StoppedError && !context.signal.aborted) return;
        errors.push(error);
        context.abandon(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, items.length) }, playLane));

  // Being fenced is the stronger news: it says that nothing here may be written any more.
  if (errors.length > 0) throw errors.find((error) => error instanceof FencedError) ?? errors[0];
  if (done < items.length) stopAtBoundary(context);
}
