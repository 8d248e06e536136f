/** How often is looked. */
const LOOK_EVERY_MS = 250;
/** Looks in a row that have to agree before anything changes: one long collection of garbage is no overload. */
const LOOKS = 4;

/**
 * A process that is late and has used less of a processor than this is kept from it by others: to do less would make it
 * no quicker. Small enough for a container that may use half of one.
 */
const BUSY_FROM_SHARE = 0.2;

export type LoadWatch<Other extends string = never> = {
  /** What there is too much of for anything more to be taken on; `null`: nothing. */
  readonly overload: 'event_loop' | Other | null;
  start(): void;
  stop(): void;
};

export type LoadWatchOptions<Other extends string = never> = {
  /** How late a turn of the event loop may come, in milliseconds. */
  loopDelayMs: number;
  /** What else there may be too much of: what of it there is now. */
  readOther?: () => Other | null;
  /** Told whenever there begins to be too much, and whenever there is no more. */
  onTurn?: (overload: 'event_loop' | Other | null) => void;
  now?: () => number;
  /** Processor time this process has used. */
  cpuMs?: () => number;
};

/** Says when a process has more to do than it can, from a second of it on until a second without. */
export function createLoadWatch<Other extends string = never>(
  options: LoadWatchOptions<Other>,
): LoadWatch<Other> & { look(): void } {
  const { loopDelayMs, readOther, onTurn, now = () => performance.now(), cpuMs = cpuOfProcess } = options;
  let timer: NodeJS.Timeout | undefined;
  let lookedAtMs = 0;
  let cpuThenMs = 0;
  let overload: 'event_loop' | Other | null = null;
  let differing = 0;

  function whatIsTooMuch(tookMs: number, usedMs: number): 'event_loop' | Other | null {
    if (tookMs - LOOK_EVERY_MS > loopDelayMs && usedMs > tookMs * BUSY_FROM_SHARE) return 'event_loop';
    return readOther?.() ?? null;
  }

  function look(): void {
    const [at, cpu] = [now(), cpuMs()];
    const seen = whatIsTooMuch(at - lookedAtMs, cpu - cpuThenMs);
    lookedAtMs = at;
    cpuThenMs = cpu;
    differing = (seen === null) === (overload === null) ? 0 : differing + 1;
    if (differing < LOOKS) return;
    overload = seen;
    differing = 0;
    onTurn?.(overload);
  }

  return {
    get overload() {
      return overload;
    },
    look,
    start() {
      lookedAtMs = now();
      cpuThenMs = cpuMs();
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

function cpuOfProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
