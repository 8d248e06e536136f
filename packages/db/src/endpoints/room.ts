import {
  DELIVERIES_PER_ENDPOINT,
  DELIVERIES_PER_UNPROVEN_ENDPOINT,
  DELIVERIES_TO_SLOW_PER_ACCOUNT,
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
  /** Deliveries to all slow endpoints of one account that are in hand at once, wherever. */
  toSlowPerAccount: number;
  /** It is disabled when it has failed for so long, in milliseconds. */
  disabledAfterMs: number;
};

export const DELIVERY_LIMITS: DeliveryLimits = {
  perEndpoint: DELIVERIES_PER_ENDPOINT,
  perUnprovenEndpoint: DELIVERIES_PER_UNPROVEN_ENDPOINT,
  toSlowPerAccount: DELIVERIES_TO_SLOW_PER_ACCOUNT,
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

/** A test of endpoint `w`, `t`, that is still to be sent: there is at most one, and it waits for no pause to be over. */
const HAS_OPEN_TEST = Prisma.sql`EXISTS (SELECT FROM deliveries t WHERE t.test_of = w.id AND t.status = 'pending')`;

/** How many more it may have now. Read under its lock, since claims and records change it. */
export function roomOf(limits: DeliveryLimits): Prisma.Sql {
  return Prisma.sql`
    (CASE WHEN w.disabled_at IS NOT NULL THEN ${ROOM_WHERE_DISABLED}::int
          WHEN w.quiet_until > now() AND NOT ${HAS_OPEN_TEST} THEN 0
          ELSE GREATEST(${mostInFlight(limits)} - w.in_flight, 0) END)`;
}

/** How many deliveries to slow endpoints the account with this id has in hand; an SQL expression names it. */
export function slowInHand(accountId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    (SELECT count(*)::int FROM deliveries s
     WHERE s.account_id = ${accountId} AND s.status = 'pending' AND s.in_slow_lane AND s.claimed_at IS NOT NULL)`;
}

/** Whether endpoint `w` need not wait for what stands in its account's line: it is not slow any more, or sent nothing. */
export const WAKES_ITS_LINE = Prisma.sql`(NOT ${IS_SLOW} OR w.disabled_at IS NOT NULL)`;

/** That delivery `d` waits, for nothing but its account's room for those to slow endpoints, or a worker's. */
export const IS_IN_LINE = Prisma.sql`d.status = 'pending' AND d.in_slow_lane AND d.held_back_at IS NOT NULL`;
