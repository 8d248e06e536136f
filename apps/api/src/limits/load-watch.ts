/** How often is looked. */
const LOOK_EVERY_MS = 250;
/** Looks in a row that have to agree before anything changes: one long collection of garbage is no overload. */
const LOOKS = 4;
/**
 * Statements that wait, for each connection of the pool. At a few milliseconds each, whoever comes now waits for longer
 * than a request may take.
 */
const WAITING_PER_CONNECTION = 25;

/**
 * A process that is late and has used less of a processor than this is kept from it by others: turning requests away
 * would make it no quicker. Small enough for a container that may use half of one.
 */
const BUSY_FROM_SHARE = 0.2;

export type Overload = 'event_loop' | 'database_pool';

export type LoadWatch = {
  /** What there is too much of for anything more to be taken on; `null`: nothing. */
  readonly overload: Overload | null;
  start(): void;
  stop(): void;
};

type Deps = {
  /** How late a turn of the event loop may come, in milliseconds. */
  loopDelayMs: number;
  poolUse(): { max: number; waiting: number };
  now?: () => number;
  /** Processor time this process has used. */
  cpuMs?: () => number;
};

/** Says when a process has more to do than it can, from a second of it on until a second without. */
export function createLoadWatch(deps: Deps): LoadWatch & { look(): void } {
  const { loopDelayMs, poolUse, now = () => performance.now(), cpuMs = cpuOfProcess } = deps;
  let timer: NodeJS.Timeout | undefined;
  let lookedAtMs = 0;
  let cpuThenMs = 0;
  let overload: Overload | null = null;
  let differing = 0;

  function whatIsTooMuch(tookMs: number, usedMs: number): Overload | null {
    if (tookMs - LOOK_EVERY_MS > loopDelayMs && usedMs > tookMs * BUSY_FROM_SHARE) return 'event_loop';
    const { max, waiting } = poolUse();
    return waiting >= max * WAITING_PER_CONNECTION ? 'database_pool' : null;
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
