import type { JsonObject } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { EndpointKey } from '../endpoints/endpoints.ts';
import type { DeliveryLimits } from '../endpoints/room.ts';
import { claimDelivery } from './claim.ts';
import { type DeliveryFilter, listAttempts, listDeliveries, readDelivery } from './read.ts';
import { type DeliveryResult, recordDelivery } from './record.ts';
import { oweTest, recoverDeliveries, redeliver } from './send-anew.ts';
import { wakeDeliveries } from './wake.ts';

/** What is owed to endpoints, sent, and recorded. */
export function createDeliveryVerbs(client: Client, limits: DeliveryLimits) {
  return {
    /** `takesSlow` false: one to a slow endpoint is held back. */
    claim: (deliveryId: string, { takesSlow = true }: { takesSlow?: boolean } = {}) =>
      claimDelivery(client, limits, { deliveryId, takesSlow }),
    record: (result: DeliveryResult) => recordDelivery(client, limits, result),
    /** What to ring now that an endpoint has room; called after the record that made it. */
    wake: (endpointId: string) => wakeDeliveries(client, limits, endpointId),
    list: (filter: DeliveryFilter) => listDeliveries(client, filter),
    read: (accountId: string, deliveryId: string) => readDelivery(client, accountId, deliveryId),
    attempts: (page: Parameters<typeof listAttempts>[1]) => listAttempts(client, page),
    redeliver: (accountId: string, deliveryId: string) => redeliver(client, accountId, deliveryId),
    recover: (of: EndpointKey & { since: Date }) => recoverDeliveries(client, of),
    oweTest: (of: EndpointKey & { data: JsonObject }) => oweTest(client, of),
  };
}
