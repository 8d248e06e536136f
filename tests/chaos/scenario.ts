import type { Backend } from './stage/backend.ts';
import type { MissionView } from './stage/client.ts';
import type { Load } from './stage/load.ts';
import type { Setting, Stage } from './stage/stage.ts';
import type { WitnessLine } from './witness/log.ts';

/** One way for the world to go wrong. */
export type Scenario = Setting & {
  name: string;
  /** What happens, in half a sentence. */
  about: string;
  /** Where it makes sense. */
  backends: readonly Backend[];
  /** Part of the short suite, on these backends. */
  short?: readonly Backend[];
  load?: Partial<Load>;
  /** How missions may end; by default only completed. */
  mayEnd?: readonly string[];
  /** How long after the heal everything must be over, in seconds. */
  convergesWithin?: number;
  /**
   * Breaks things under load and mends them. What took effect is reported with `stage.injected`.
   * @returns what else must hold, if anything
   */
  inject(stage: Stage): Promise<Check | void>;
};

/** Called when everything has ended, with the missions as their client sees them. @returns what does not hold */
export type Check = (ends: ReadonlyMap<string, MissionView | null>, lines: readonly WitnessLine[]) => string[];
