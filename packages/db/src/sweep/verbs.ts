import type { Client } from '../client.ts';
import { repairEndpoints, wakeAllDeliveries } from '../deliveries/wake.ts';
import { forgetEndpoints } from '../endpoints/forget.ts';
import type { DeliveryLimits } from '../endpoints/room.ts';
import { forgetRecords } from '../idempotency/records.ts';
import { forgetResponses } from '../responses/responses.ts';
import { forgetSessions } from '../sessions/forget.ts';
import { rollUpUsage } from '../usage/roll-up.ts';
import { endOverdue } from './end-overdue.ts';
import { expireAnswers } from './expire-answers.ts';
import { forgetWorkers } from './forget-workers.ts';
import { countPoolBacklogs } from './pool-backlogs.ts';
import { findPurgeable, purge } from './purge.ts';
import { purgeAccountDeliveries, purgeAccountEvents } from './purge-account.ts';
import { repairCounters } from './repair-counters.ts';
import { requeueOrphans } from './requeue-orphans.ts';
import { countSlots, readUnanswered, takeDueDeliveries, takeDueMissions, takeUnrung } from './ring-due.ts';
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
    findPurgeable: (passedBy: readonly string[]) => findPurgeable(client, passedBy),
    purge: (missionIds: readonly string[]) => purge(client, missionIds),
    purgeAccountEvents: () => purgeAccountEvents(client),
    purgeAccountDeliveries: () => purgeAccountDeliveries(client),
    forgetWorkers: () => forgetWorkers(client),
    forgetResponses: () => forgetResponses(client),
    forgetRecords: () => forgetRecords(client),
    forgetEndpoints: () => forgetEndpoints(client),
    forgetSessions: () => forgetSessions(client),
    countPoolBacklogs: (countedUpTo?: number) => countPoolBacklogs(client, countedUpTo),
    takeDueMissions: (pool: string, room: number) => takeDueMissions(client, pool, room),
    readUnanswered: (pool: string, limit: number) => readUnanswered(client, pool, limit),
    takeUnrung: (missionIds: readonly string[]) => takeUnrung(client, missionIds),
    takeDueDeliveries: () => takeDueDeliveries(client, limits),
    wakeDeliveries: () => wakeAllDeliveries(client, limits),
    repairEndpoints: () => repairEndpoints(client),
  };
}
