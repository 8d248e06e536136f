import type { Database } from '@flotilla/db';
import type { Outbound, SecretBox } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import type { ApiFacts } from '../metrics.ts';
import { createCanceller } from '../missions/canceller.ts';
import { createAgentFinder } from '../missions/named-agents.ts';
import type { ChoosePool } from '../missions/pools.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import { createWebhookEndpoints } from '../missions/webhook.ts';
import { answerMissionRoute, listAsksRoute } from './answer-mission.ts';
import { bulkActionsRoute } from './bulk-actions.ts';
import { cancelMissionRoute } from './cancel-mission.ts';
import { createMissionRoute } from './create-mission.ts';
import { listDeadLettersRoute } from './dead-letters.ts';
import { pauseMissionRoutes } from './pause-mission.ts';
import { listEventsRoute, listStepsRoute } from './read-journal.ts';
import { getMissionRoute, listChildrenRoute, listMissionsRoute } from './read-missions.ts';
import { repeatMissionRoutes } from './repeat-mission.ts';
import type { Route } from './route.ts';

export type MissionRouteDeps = {
  db: Database;
  queue: Pick<Queue, 'ring' | 'ringAll' | 'signals'>;
  outbound: Pick<Outbound, 'checkUrl'>;
  secrets: SecretBox;
  models: ModelPolicy;
  choosePool: ChoosePool;
  facts: ApiFacts;
};

/** Everything that is done with missions, one or many. */
export function missionRoutes({ db, queue, outbound, secrets, models, choosePool, facts }: MissionRouteDeps): Route[] {
  const { ensureForMission } = db.endpoints;
  const endpoints = createWebhookEndpoints({ ensureForMission, outbound, secrets });
  const cancelMission = createCanceller({ db, queue, facts });
  return [
    createMissionRoute({ db, queue, endpoints, models, facts, choosePool, findAgents: createAgentFinder(db) }),
    listMissionsRoute({ db }),
    getMissionRoute({ db }),
    listStepsRoute({ db }),
    listEventsRoute({ db }),
    listChildrenRoute({ db }),
    cancelMissionRoute({ db, cancelMission }),
    ...pauseMissionRoutes({ db, queue }),
    listAsksRoute({ db }),
    answerMissionRoute({ db, queue }),
    ...repeatMissionRoutes({ db, queue, models, facts }),
    listDeadLettersRoute({ db }),
    bulkActionsRoute({ db, queue, cancelMission, facts }),
  ];
}
