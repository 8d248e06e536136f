import type { Policy } from '../base.ts';
import { accountHasNoToken, podHasItsOwnAccount, podHasNoToken } from './account.ts';
import {
  drainIsBounded,
  drainIsPossible,
  podsAreSpread,
  rollOutKeepsCapacity,
  selectorsAreExclusive,
  servicePortIsOpen,
} from './availability.ts';
import {
  commandRunsAnApp,
  configIsAccepted,
  configMapsAreThere,
  environmentIsOurs,
  keysAreRead,
  listensWhereItSays,
  proxiesAreCounted,
  secretsAreSecret,
} from './config.ts';
import { connectionsFit } from './connections.ts';
import { graceFitsTheCode, serverOutlastsItsEndpoints } from './grace.ts';
import { imageIsPinned } from './image.ts';
import { jobsGoFirst } from './migration.ts';
import { objectsAreNamed } from './naming.ts';
import {
  directionsAreNamed,
  egressStaysOutside,
  podsReachTheirCollector,
  podsReachTheirStores,
  serversAreReached,
  trafficIsDenied,
} from './network.ts';
import { opsIsForNamedPods, opsIsNotPublished } from './ops.ts';
import { lastingProbesAreApart, livenessIsPatient, probesAskTheProcess, serverIsProbed } from './probes.ts';
import { requestsFitLimits, resourcesAreBounded, scriptsFitIntoMemory } from './resources.ts';
import {
  demandsAreExported,
  demandsAreServed,
  everyPoolHasAScaler,
  poolsScaleByDemand,
  replicasAreTheScalers,
  scaleDownIsPatient,
  scalersHaveATarget,
  scalersHaveRoom,
  scalersLeaveMemoryToTheBusy,
  scalersLookAtTheProcessor,
} from './scaling.ts';
import {
  filtersSystemCalls,
  gainsNothing,
  namespaceIsRestricted,
  runsAsPlainUser,
  staysOffTheNode,
  writesNoFiles,
} from './security.ts';

/** Every rule of ours for what runs in a cluster. */
export const POLICIES: readonly Policy[] = [
  objectsAreNamed,
  imageIsPinned,
  commandRunsAnApp,
  keysAreRead,
  configIsAccepted,
  configMapsAreThere,
  secretsAreSecret,
  environmentIsOurs,
  listensWhereItSays,
  proxiesAreCounted,
  runsAsPlainUser,
  writesNoFiles,
  gainsNothing,
  filtersSystemCalls,
  staysOffTheNode,
  namespaceIsRestricted,
  podHasNoToken,
  accountHasNoToken,
  podHasItsOwnAccount,
  resourcesAreBounded,
  requestsFitLimits,
  scriptsFitIntoMemory,
  jobsGoFirst,
  graceFitsTheCode,
  serverOutlastsItsEndpoints,
  serverIsProbed,
  probesAskTheProcess,
  lastingProbesAreApart,
  livenessIsPatient,
  rollOutKeepsCapacity,
  drainIsBounded,
  drainIsPossible,
  podsAreSpread,
  selectorsAreExclusive,
  servicePortIsOpen,
  trafficIsDenied,
  directionsAreNamed,
  podsReachTheirStores,
  podsReachTheirCollector,
  serversAreReached,
  egressStaysOutside,
  opsIsNotPublished,
  opsIsForNamedPods,
  connectionsFit,
  scalersHaveATarget,
  scalersHaveRoom,
  scalersLeaveMemoryToTheBusy,
  scalersLookAtTheProcessor,
  replicasAreTheScalers,
  everyPoolHasAScaler,
  poolsScaleByDemand,
  demandsAreExported,
  demandsAreServed,
  scaleDownIsPatient,
];
