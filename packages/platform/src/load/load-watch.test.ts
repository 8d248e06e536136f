import { describe, expect, it } from 'vitest';
import { createLoadWatch } from './load-watch.ts';

/** A watch over a process whose turns come as late as a test says. */
function createWatched() {
  let nowMs = 0;
  let usedMs = 0;
  let other: 'queue' | null = null;
  const turns: (string | null)[] = [];
  const watch = createLoadWatch({
    loopDelayMs: 300,
    readOther: () => other,
    onTurn: (overload) => turns.push(overload),
    now: () => nowMs,
    cpuMs: () => usedMs,
  });
  watch.start();
  watch.stop();
  return {
    turns,
    /** Looks as many times, each so late; `share`: how much of a processor was used meanwhile. */
    look(times: number, lateMs: number, { share = 0.9, more = null as 'queue' | null } = {}) {
      other = more;
      for (let time = 0; time < times; time++) {
        nowMs += 250 + lateMs;
        usedMs += (250 + lateMs) * share;
        watch.look();
      }
      return watch.overload;
    },
  };
}

describe('the load watch', () => {
  it('says nothing of an event loop that is held up once, however long', () => {
    const { look, turns } = createWatched();
    expect(look(1, 20_000)).toBeNull();
    expect(look(10, 299)).toBeNull();
    expect(turns).toEqual([]);
  });

  it('says so when the event loop has been late for a second, and no more after a second in time', () => {
    const { look, turns } = createWatched();
    expect(look(3, 400)).toBeNull();
    expect(look(1, 400)).toBe('event_loop');
    expect(look(3, 0)).toBe('event_loop');
    expect(look(1, 0)).toBeNull();
    expect(turns).toEqual(['event_loop', null]);
  });

  it('does not change its mind with every look at a process that is late and in time by turns', () => {
    const { look, turns } = createWatched();
    look(4, 400);
    for (let round = 0; round < 20; round++) {
      look(3, 0);
      look(1, 400);
    }
    expect(turns).toEqual(['event_loop']);
  });

  it('says nothing of a process that others keep from the processor: it has nothing to shed', () => {
    const { look } = createWatched();
    expect(look(20, 5_000, { share: 0.1 })).toBeNull();
  });

  it('says likewise what else there has been too much of for a second', () => {
    const { look } = createWatched();
    expect(look(3, 0, { more: 'queue' })).toBeNull();
    expect(look(1, 0, { more: 'queue' })).toBe('queue');
    expect(look(4, 0)).toBeNull();
  });
});
