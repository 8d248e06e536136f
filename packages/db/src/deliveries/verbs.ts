import { createTurns, type JsonObject } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { Coalesced } from '../coalesce.ts';
import type { EndpointKey } from '../endpoints/endpoints.ts';
import type { DeliveryLimits } from '../endpoints/room.ts';
import { DatabaseUnavailableError } from '../errors.ts';
import { weighResult } from '../weights.ts';
import { type ClaimedDelivery, claimDeliveries, type DeliveryClaim, leaveToSweep } from './claim.ts';
import { HELD, tryWhileHeld } from './held.ts';
import { type DeliveryFilter, listAttempts, listDeliveries, readDelivery } from './read.ts';
import { type DeliveryResult, type Recorded, recordDeliveries } from './record.ts';
import { type DeliveryRelease, releaseDelivery } from './release.ts';
import { oweTest, recoverDeliveries, redeliver } from './send-anew.ts';
import { type DueDelivery, type RoomMade, type SlowRoomMade, wakeDeliveries, wakeSlowDeliveries } from './wake.ts';

/** Each claim comes back with what its webhook is to say, up to some 10 KB. */
const CLAIM_ROWS = 100;
/** A claim takes up a slot of its worker meanwhile, and can be made as well after the next sweep. */
const CLAIM_PATIENCE_MS = 500;
/** A POST that is not recorded is made again. */
const RECORD_PATIENCE_MS = 10_000;

/**
 * A process's claims and records are about the same few endpoints: side by side, each found the other's endpoints locked and
 * tried again, four times for a delivery of a busy endpoint; one after another they grow into larger batches instead.
 */
const ENDPOINTS = 'endpoints';

/** What is owed to endpoints, sent, and recorded. */
export function createDeliveryVerbs(
  client: Client,
  { limits, coalesced }: { limits: DeliveryLimits; coalesced: Coalesced },
) {
  const inTurn = createTurns();
  const byDelivery = (item: { deliveryId: string }) => item.deliveryId;
  const claimOne = coalesced('claim_delivery', CLAIM_ROWS)(
    (claims: DeliveryClaim[]) => inTurn(ENDPOINTS, () => claimDeliveries(client, limits, claims)),
    byDelivery,
  );
  const recordOne = coalesced('record_delivery')(
    (results: DeliveryResult[]) => inTurn(ENDPOINTS, () => recordDeliveries(client, limits, results)),
    byDelivery,
    weighResult,
  );
  const wakeOne = coalesced('wake_endpoint')(
    (rooms: RoomMade[]) => wakeDeliveries(client, limits, rooms),
    ({ endpointId }) => endpointId,
  );
  const wakeSlowOne = coalesced('wake_slow')(
    (rooms: SlowRoomMade[]) => wakeSlowDeliveries(client, limits, rooms),
    ({ accountId }) => accountId,
  );

  return {
    /** `takesSlow` false: one to a slow endpoint is held back. `null`: it is not to be sent now. */
    async claim(
      deliveryId: string,
      { takesSlow = true }: { takesSlow?: boolean } = {},
    ): Promise<ClaimedDelivery | null> {
      const claimed = await tryWhileHeld(() => claimOne({ deliveryId, takesSlow }), CLAIM_PATIENCE_MS);
      if (claimed !== HELD) return claimed;
      await leaveToSweep(client, deliveryId);
      return null;
    },
    /** `null`: a newer claim holds it; nothing was written. */
    async record(result: DeliveryResult): Promise<Recorded | null> {
      const recorded = await tryWhileHeld(() => recordOne(result), RECORD_PATIENCE_MS);
      if (recorded === HELD) throw new DatabaseUnavailableError('somebody has locked the endpoint of the delivery');
      return recorded;
    },
    /** Gives back what cannot be sent from here. `null`: it is not in hand under this claim any more. */
    release: (release: DeliveryRelease) => releaseDelivery(client, release),
    /** What to ring now that an endpoint has room for so many more; called after the record that made it. */
    wake: (endpointId: string, made = 1): Promise<DueDelivery[]> => wakeOne({ endpointId, made }),
    /** The same of an account that has room for so many more to its slow endpoints. */
    wakeSlow: (made: SlowRoomMade): Promise<DueDelivery[]> => wakeSlowOne(made),
    list: (filter: DeliveryFilter) => listDeliveries(client, filter),
    read: (accountId: string, deliveryId: string) => readDelivery(client, accountId, deliveryId),
    attempts: (page: Parameters<typeof listAttempts>[1]) => listAttempts(client, page),
    redeliver: (accountId: string, deliveryId: string) => redeliver(client, accountId, deliveryId),
    recover: (of: EndpointKey & { since: Date }) => recoverDeliveries(client, of),
    oweTest: (of: EndpointKey & { data: JsonObject }) => oweTest(client, of),
  };
}
