import type { Database } from '@flotilla/db';
import type { Outbound, SecretBox } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import type { ApiFacts } from '../metrics.ts';
import { createPoolChooser } from '../missions/pools.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import { createWebhookEndpoints } from '../missions/webhook.ts';
import { cancelMissionRoute } from './cancel-mission.ts';
import { createMissionRoute } from './create-mission.ts';
import { pauseMissionRoutes } from './pause-mission.ts';
import { listEventsRoute, listStepsRoute } from './read-journal.ts';
import { getMissionRoute, listChildrenRoute, listMissionsRoute } from './read-missions.ts';
import type { Route } from './route.ts';

export type MissionRouteDeps = {
  db: Database;
  queue: Pick<Queue, 'ring' | 'ringAll' | 'signals'>;
  outbound: Pick<Outbound, 'checkUrl'>;
  secrets: SecretBox;
  models: ModelPolicy;
  facts: ApiFacts;
};

/** Everything under `/v1/missions`. */
export function missionRoutes({ db, queue, outbound, secrets, models, facts }: MissionRouteDeps): Route[] {
  const { ensureForMission } = db.endpoints;
  const endpoints = createWebhookEndpoints({ ensureForMission, outbound, secrets });
  return [
    createMissionRoute({ db, queue, endpoints, models, facts, choosePool: createPoolChooser(db) }),
    listMissionsRoute({ db }),
    getMissionRoute({ db }),
    listStepsRoute({ db }),
    listEventsRoute({ db }),
    listChildrenRoute({ db }),
    cancelMissionRoute({ db, queue, facts }),
    ...pauseMissionRoutes({ db, queue }),
  ];
}
