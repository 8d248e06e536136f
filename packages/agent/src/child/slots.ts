import { untilAborted } from '../abortable.ts';

/** Room for so many at once; the others wait in line, each for as long as its signal lets it. */
export function createSlots(count: number) {
  const line: (() => void)[] = [];
  let free = count;

  function leave(): void {
    const next = line.shift();
    if (next) next();
    else free += 1;
  }

  return async function inSlot<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (free > 0) free -= 1;
    else await queueUp(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  };

  async function queueUp(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    line.push(turn.resolve);
    try {
      await untilAborted(signal, () => turn.promise);
    } catch (error) {
      const place = line.indexOf(turn.resolve);
      if (place === -1) leave();
      else line.splice(place, 1);
      throw error;
    }
  }
}
