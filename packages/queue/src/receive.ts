import { JOBS } from '@flotilla/core';
import type { SlotGate } from './slot-gate.ts';

export type MissionPayload = ReturnType<(typeof JOBS)['mission']['payload']['parse']>;
export type DeliveryPayload = ReturnType<(typeof JOBS)['delivery']['payload']['parse']>;

/** `signal` is aborted when `stop` ran out of time; a handler that goes on after that is left behind. */
export type HandleContext = { signal: AbortSignal };

export type ConsumeOptions = {
  /** How many handlers run at once: a number of its own, or slots shared with other consumers. */
  concurrency: number | SlotGate;
} & (
  | { job: 'mission'; pool: string; handle(payload: MissionPayload, context: HandleContext): Promise<void> }
  | { job: 'delivery'; handle(payload: DeliveryPayload, context: HandleContext): Promise<void> }
);

export type Receive = (data: unknown, context: HandleContext) => Promise<void>;

/**
 * Checks what arrives against the catalogue, then hands it on. Whoever can write to Redis can write anything into it.
 *
 * @throws Error for a payload that is not what the catalogue says; the bell is then dropped, since ringing it again
 * would not make it readable.
 */
export function createReceiver(options: ConsumeOptions): Receive {
  switch (options.job) {
    case 'mission':
      return async (data, context) => options.handle(readPayload(JOBS.mission.payload, data), context);
    case 'delivery':
      return async (data, context) => options.handle(readPayload(JOBS.delivery.payload, data), context);
  }
}

function readPayload<T>(schema: { parse(data: unknown): T }, data: unknown): T {
  try {
    return schema.parse(data);
  } catch (cause) {
    throw new Error('a bell with an unreadable payload was dropped', { cause });
  }
}
