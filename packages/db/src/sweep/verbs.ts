import type { Client } from '../client.ts';
import { repairEndpoints, wakeAllDeliveries } from '../deliveries/wake.ts';
import { forgetEndpoints } from '../endpoints/forget.ts';
import type { DeliveryLimits } from '../endpoints/room.ts';
import { forgetRecords } from '../idempotency/records.ts';
import { forgetResponses } from '../responses/responses.ts';
import { rollUpUsage } from '../usage/roll-up.ts';
import { endOverdue } from './end-overdue.ts';
import { expireAnswers } from './expire-answers.ts';
import { forgetWorkers } from './forget-workers.ts';
import { countPoolBacklogs } from './pool-backlogs.ts';
import { purgeEnded } from './purge.ts';
import { repairCounters } from './repair-counters.ts';
import { requeueOrphans } from './requeue-orphans.ts';
import { countSlots, takeAtTheirMoment, takeDueDeliveries, takeDueMissions } from './ring-due.ts';
import { settleFamilies } from './settle-families.ts';

/** What the sweep does, a part at a time. */
export function createSweepVerbs(client: Client, limits: DeliveryLimits) {
  return {
    countSlots: () => countSlots(client),
    requeueOrphans: () => requeueOrphans(client),
    endOverdue: () => endOverdue(client),
    expireAnswers: () => expireAnswers(client),
    settleFamilies: () => settleFamilies(client),
    repairCounters: () => repairCounters(client),
    rollUpUsage: (settlesAfterMs?: number) => rollUpUsage(client, settlesAfterMs),
    purgeEnded: () => purgeEnded(client),
    forgetWorkers: () => forgetWorkers(client),
    forgetResponses: () => forgetResponses(client),
    forgetRecords: () => forgetRecords(client),
    forgetEndpoints: () => forgetEndpoints(client),
    countPoolBacklogs: () => countPoolBacklogs(client),
    takeDueMissions: (pool: string, limit: number) => takeDueMissions(client, pool, limit),
    takeAtTheirMoment: (missionIds: readonly string[]) => takeAtTheirMoment(client, missionIds),
    takeDueDeliveries: () => takeDueDeliveries(client, limits),
    wakeDeliveries: () => wakeAllDeliveries(client, limits),
    repairEndpoints: () => repairEndpoints(client),
  };
}
