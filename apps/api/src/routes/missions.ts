import type { Database } from '@flotilla/db';
import type { Logger, Outbound, SecretBox } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import { createAnswerOnce } from '../idempotency/answer-once.ts';
import type { ApiFacts } from '../metrics.ts';
import { createAdmission } from '../missions/admission.ts';
import { createCanceller } from '../missions/canceller.ts';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import { createAgentFinder } from '../missions/named-agents.ts';
import type { ChoosePool } from '../missions/pools.ts';
import { createEndpointNamer, createPreparer } from '../missions/prepare.ts';
import { type Names, rememberNames } from '../missions/remember-names.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import type { CheckToolUrls } from '../missions/tool-urls.ts';
import { createWebhookEndpoints } from '../missions/webhook.ts';
import type { EventHub } from '../streams/event-hub.ts';
import { createAnswerer } from './answer-ask.ts';
import { answerMissionRoute, listAsksRoute } from './answer-mission.ts';
import { approvalRoutes } from './approvals.ts';
import { bulkActionsRoute } from './bulk-actions.ts';
import { cancelMissionRoute } from './cancel-mission.ts';
import { createMissionRoute } from './create-mission.ts';
import { createMissionsRoute } from './create-missions.ts';
import { listDeadLettersRoute } from './dead-letters.ts';
import { eraseMissionRoute } from './erase-mission.ts';
import { listMissionsRoute } from './list-missions.ts';
import { missionEventsRoute } from './mission-events.ts';
import { missionFileRoutes } from './mission-files.ts';
import { missionResultRoute } from './mission-result.ts';
import { pauseMissionRoutes } from './pause-mission.ts';
import { listStepsRoute } from './read-journal.ts';
import { getMissionRoute, listChildrenRoute } from './read-missions.ts';
import { readPlanRoute } from './read-plan.ts';
import { repeatMissionRoutes } from './repeat-mission.ts';
import type { Route } from './route.ts';
import { toolOutputRoute } from './tool-output.ts';

export type MissionRouteDeps = {
  db: Database;
  queue: Pick<Queue, 'ring' | 'ringAll' | 'signals' | 'tellOfEvents'>;
  hub: EventHub;
  /** Aborts when the process stops. */
  stopping: AbortSignal;
  outbound: Pick<Outbound, 'checkUrl'>;
  secrets: SecretBox;
  models: ModelPolicy;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
  choosePool: ChoosePool;
  facts: ApiFacts;
  logger: Pick<Logger, 'warn'>;
  /** The `traceparent` of the request in hand. */
  currentTrace: () => string | null;
};

/** Everything that is done with missions, one or many. */
export function missionRoutes(deps: MissionRouteDeps): Route[] {
  const { db, queue, hub, stopping, outbound, secrets, facts, logger } = deps;
  const endpoints = createWebhookEndpoints({ ...db.endpoints, outbound, secrets });
  const nameEndpoint = createEndpointNamer(endpoints);
  const cancelMission = createCanceller({ db, queue, facts });
  const answerOnce = createAnswerOnce(db);
  const answerAsk = createAnswerer({ db, queue });
  const admission = createAdmission({ db, queue, facts, logger });
  const createPrepare = (names: Names) =>
    createPreparer({ ...deps, db: names, endpoints, findAgents: createAgentFinder(names) });
  return [
    createMissionRoute({ db, admission, prepare: createPrepare(db), nameEndpoint, answerOnce }),
    // Before those of one mission, whose id it is not.
    createMissionsRoute({
      db,
      admission,
      createPrepare: () => createPrepare(rememberNames(db)),
      nameEndpoint,
      answerOnce,
    }),
    listMissionsRoute({ db }),
    getMissionRoute({ db }),
    eraseMissionRoute({ db }),
    listStepsRoute({ db }),
    toolOutputRoute({ db }),
    ...missionFileRoutes({ db }),
    missionEventsRoute({ db, hub, stopping }),
    missionResultRoute({ db, hub, stopping }),
    readPlanRoute({ db }),
    listChildrenRoute({ db }),
    cancelMissionRoute({ db, cancelMission }),
    ...pauseMissionRoutes({ db, queue }),
    listAsksRoute({ db }),
    answerMissionRoute({ db, answerAsk }),
    ...approvalRoutes({ db, answerAsk }),
    ...repeatMissionRoutes({ ...deps, admission, answerOnce }),
    listDeadLettersRoute({ db }),
    bulkActionsRoute({ db, admission, cancelMission }),
  ];
}
