import type { ToolResult } from '@flotilla/core';
import { FencedError } from '@flotilla/core';
import type { OpenStep } from './history.ts';
import type { LoopContext } from './loop-context.ts';
import { stopAtBoundary } from './loop-context.ts';
import { playToolCall } from './tool-call.ts';

/** A reply may ask for thousands of calls; they are all made, this many at a time. */
const CALLS_AT_ONCE = 32;

/**
 * Plays what is left of a step's calls, in parallel, each result committed by itself; resolves with all results in
 * call order. A call that fails is a result and disturbs no other; a commit that fails ends them all.
 */
export async function playToolCalls(context: LoopContext, { calls }: OpenStep): Promise<ToolResult[]> {
  const results: ToolResult[] = [];
  const errors: unknown[] = [];
  let answered = 0;
  const entries = calls.entries();

  async function playLane(): Promise<void> {
    // The iterator is shared: each lane takes whichever call is next.
    for (const [position, call] of entries) {
      // What was told to stop starts nothing new; whoever resumes finds the rest pending.
      if (errors.length > 0 || context.stop.reason) return;
      try {
        results[position] = await playToolCall(context, call);
        answered += 1;
      } catch (error) {
        errors.push(error);
        context.abandon(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, calls.length) }, playLane));

  // Being fenced is the stronger news: it says that nothing here may be written any more.
  if (errors.length > 0) throw errors.find((error) => error instanceof FencedError) ?? errors[0];
  if (answered < calls.length) stopAtBoundary(context);
  return results;
}
