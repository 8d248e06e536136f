import type { ModelResponse } from '@flotilla/core';
import { within } from './abortable.ts';
import type { LoopContext } from './loop-context.ts';
import type { CallCost } from './provider.ts';
import { toStorableCost } from './storable.ts';

/** What a call is made for, and where the ledger has it. A number: the question of that tool call. */
export type Purpose = 'step' | 'summary' | number;

type Unused = { response: CallCost; isPartial: boolean };

/** An aborted call ends at once; one that does not listen is not waited for. */
export const ENDS_WITHIN_MS = 250;

/**
 * What a call that comes to nothing has cost: its reply where that was on its way when the mission was stopped, or what its
 * provider has said until it broke off. `null`: nobody has said, or none of it may be written any more. The late reply
 * to a question of a tool is not heard here: whoever has asked hears it.
 */
export async function hearOut(
  context: LoopContext,
  call: { reply?: Promise<ModelResponse>; spent?: CallCost },
  purpose: Purpose,
): Promise<Unused | null> {
  const late: { reply?: ModelResponse } = {};
  if (context.signal.aborted && call.reply && mayWrite(context)) {
    const note = (reply: ModelResponse) => {
      late.reply = reply;
    };
    await within(
      ENDS_WITHIN_MS,
      call.reply.then(note).catch(() => undefined),
    );
  }
  if (!mayWrite(context)) return null;
  const whole = typeof purpose === 'number' ? undefined : late.reply;
  const said = whole ?? call.spent;
  const response = said ? toStorableCost(said) : null;
  return response && { response, isPartial: whole === undefined };
}

/** Not for a mission that is another attempt's, nor where a commit has failed and nobody knows how far the journal came. */
function mayWrite({ stop, runSignal }: LoopContext): boolean {
  return stop.reason !== 'fenced' && (stop.signal.aborted || !runSignal.aborted);
}

/** @throws what the journal throws, after ending all else: nobody knows then how far the journal came */
export async function payUnused(
  { journal, abandon }: LoopContext,
  {
    step,
    purpose,
    reservation,
    response,
    isPartial,
  }: Unused & {
    step: number;
    purpose: Purpose;
    reservation: number | undefined;
  },
): Promise<void> {
  try {
    await journal.commitUnusedCall({
      step,
      index: typeof purpose === 'number' ? purpose : null,
      ...(purpose === 'summary' && { isSummary: true }),
      ...(isPartial && { isPartial }),
      response,
      ...(reservation !== undefined && { reservation }),
    });
  } catch (error) {
    abandon(error);
    throw error;
  }
}
