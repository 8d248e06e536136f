import type { Pace } from '../streaming-model.ts';
import { startThread, type Thread } from './thread.ts';

/** `begin`: calls are answered from now on. `tell`: it says how it went so far. */
export type ToModel = 'begin' | 'tell';
export type FromModel =
  | { kind: 'listens'; url: string }
  /** Fragments, and how late its event loop was, at the 99th percentile. */
  | { kind: 'told'; written: number; loopDelayMs: number };

/** A streaming model in a thread of its own, which answers nothing before it is told to begin. */
export function startModelThread(pace: Pace): Thread<ToModel, FromModel> {
  return startThread(new URL('./model-main.ts', import.meta.url), pace);
}
