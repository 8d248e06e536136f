import type { Client } from '../client.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointChange,
  type EndpointKey,
  type EndpointPage,
  findMissionEndpoint,
  listEndpoints,
  type NewEndpoint,
  type Rotation,
  readEndpoint,
  rotateSecret,
} from './endpoints.ts';
import { ensureMissionEndpoint, type MissionEndpoint } from './ensure.ts';

/** Whom an account's webhooks go to. */
export function createEndpointVerbs(client: Client) {
  return {
    ensureForMission: (endpoint: MissionEndpoint) => ensureMissionEndpoint(client, endpoint),
    findForMission: (of: Parameters<typeof findMissionEndpoint>[1]) => findMissionEndpoint(client, of),
    create: (endpoint: NewEndpoint) => createEndpoint(client, endpoint),
    read: (key: EndpointKey) => readEndpoint(client, key),
    list: (page: EndpointPage) => listEndpoints(client, page),
    change: (change: EndpointChange) => changeEndpoint(client, change),
    delete: (key: EndpointKey) => deleteEndpoint(client, key),
    rotateSecret: (rotation: Rotation) => rotateSecret(client, rotation),
  };
}
