import { describe, expect, it } from 'vitest';
import { createLoadWatch } from './load-watch.ts';

/** A watch over a process whose turns come as late, and whose pool is as full, as a test says. */
function createWatched() {
  let nowMs = 0;
  let usedMs = 0;
  let waiting = 0;
  const watch = createLoadWatch({
    loopDelayMs: 300,
    poolUse: () => ({ max: 20, waiting }),
    now: () => nowMs,
    cpuMs: () => usedMs,
  });
  watch.start();
  watch.stop();
  return {
    watch,
    /** Looks as many times, each so late; `share`: how much of a processor was used meanwhile. */
    look(times: number, lateMs: number, { waits = 0, share = 0.9 } = {}) {
      waiting = waits;
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
    const { look } = createWatched();
    expect(look(1, 20_000)).toBeNull();
    expect(look(10, 299)).toBeNull();
  });

  it('says so when the event loop has been late for a second, and no more after a second in time', () => {
    const { look } = createWatched();
    expect(look(3, 400)).toBeNull();
    expect(look(1, 400)).toBe('event_loop');
    expect(look(3, 0)).toBe('event_loop');
    expect(look(1, 0)).toBeNull();
  });

  it('says nothing of a process that others keep from the processor: it has nothing to shed', () => {
    const { look } = createWatched();
    expect(look(20, 5_000, { share: 0.1 })).toBeNull();
  });

  it('says so when statements have been waiting for connections for a second', () => {
    const { look } = createWatched();
    expect(look(10, 0, { waits: 499 })).toBeNull();
    expect(look(4, 0, { waits: 500 })).toBe('database_pool');
    expect(look(4, 0)).toBeNull();
  });
});
