import type { Client } from '../client.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointChange,
  type EndpointKey,
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
    create: (endpoint: NewEndpoint) => createEndpoint(client, endpoint),
    read: (key: EndpointKey) => readEndpoint(client, key),
    list: (page: Parameters<typeof listEndpoints>[1]) => listEndpoints(client, page),
    change: (change: EndpointChange) => changeEndpoint(client, change),
    delete: (key: EndpointKey) => deleteEndpoint(client, key),
    rotateSecret: (rotation: Rotation) => rotateSecret(client, rotation),
  };
}
