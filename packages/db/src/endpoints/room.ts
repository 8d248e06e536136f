import {
  DELIVERIES_PER_ENDPOINT,
  DELIVERIES_PER_UNPROVEN_ENDPOINT,
  ENDPOINT_DISABLED_AFTER_MS,
  ENDPOINT_STRIKES_UNTIL_SLOW,
} from '@flotilla/core';
import { Prisma } from '../generated/prisma/client.ts';

/** What an endpoint may have at once, and for how long it may fail. */
export type DeliveryLimits = {
  /** Deliveries to one endpoint that are in hand at once, wherever. */
  perEndpoint: number;
  /** The same before its first success, and while nothing but failures come back. */
  perUnprovenEndpoint: number;
  /** It is disabled when it has failed for so long, in milliseconds. */
  disabledAfterMs: number;
};

export const DELIVERY_LIMITS: DeliveryLimits = {
  perEndpoint: DELIVERIES_PER_ENDPOINT,
  perUnprovenEndpoint: DELIVERIES_PER_UNPROVEN_ENDPOINT,
  disabledAfterMs: ENDPOINT_DISABLED_AFTER_MS,
};

/** One that is disabled is in nobody's way: a claim settles what is owed to it without sending anything. */
const ROOM_WHERE_DISABLED = 500;

/** Whether endpoint `w` answers late, or not at all, as far as is known: one that has never taken anything may not. */
export const IS_SLOW = Prisma.sql`
  (w.strikes >= ${ENDPOINT_STRIKES_UNTIL_SLOW}::int OR w.last_delivered_at IS NULL)`;

/** How many deliveries endpoint `w` may have in hand. */
export function mostInFlight({ perEndpoint, perUnprovenEndpoint }: DeliveryLimits): Prisma.Sql {
  return Prisma.sql`
    (CASE WHEN w.last_delivered_at IS NULL OR w.failing_since IS NOT NULL AND w.strikes >= ${ENDPOINT_STRIKES_UNTIL_SLOW}::int
          THEN ${perUnprovenEndpoint}::int ELSE ${perEndpoint}::int END)`;
}

/** How many more it may have now. Read under its lock, since claims and records change it. */
export function roomOf(limits: DeliveryLimits): Prisma.Sql {
  return Prisma.sql`
    (CASE WHEN w.disabled_at IS NOT NULL THEN ${ROOM_WHERE_DISABLED}::int
          WHEN w.quiet_until > now() THEN 0
          ELSE GREATEST(${mostInFlight(limits)} - w.in_flight, 0) END)`;
}
