import type { SweepWork } from '@flotilla/db';

/**
 * One sweep at a time. Whoever is still at one leaves the next turn to another worker: a turn that lay here until then
 * would be nobody's, and a drain would wait for all that had gathered.
 */
export type SweepTurns = {
  /** Whether a turn that comes now is begun at once. */
  isFree(): boolean;
  begin(work: SweepWork): void;
  /** The sweep under way, if there is one, is over. */
  over(): Promise<void>;
};

export function createSweepTurns(options: {
  /** Never rejects. */
  sweep(work: SweepWork): Promise<void>;
  isStopping: () => boolean;
}): SweepTurns {
  let underWay: Promise<void> | null = null;
  const isFree = () => underWay === null && !options.isStopping();

  async function sweep(work: SweepWork): Promise<void> {
    await options.sweep(work);
    underWay = null;
  }

  return {
    isFree,
    begin(work) {
      if (isFree()) underWay = sweep(work);
    },
    async over() {
      await underWay;
    },
  };
}
