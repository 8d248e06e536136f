import { WEBHOOK_ENDPOINTS_MAX } from '@flotilla/core';
import { RECEIVER_URL } from '../fixture.ts';
import { attemptDelivery, makeEndpoint } from '../webhook-steps.ts';
import type { Examples } from './example.ts';
import type { World } from './world.ts';

const SINCE = { since: '2026-01-01T00:00:00Z' };

async function endpoint({ api }: World): Promise<string> {
  return (await makeEndpoint(api, { description: 'ours' })).id;
}

/** A delivery that was tried in vain, of an endpoint that is disabled or not. */
async function delivery(world: World, { isDisabled = false } = {}): Promise<string> {
  const { api } = world;
  const endpointId = await endpoint(world);
  const deliveryId = (await api.call('POST', `/v1/webhook-endpoints/${endpointId}/test`)).body.id;
  await attemptDelivery(api, { deliveryId, responseStatus: 500 });
  if (isDisabled) await disable(world, endpointId);
  return deliveryId;
}

async function disable({ api }: World, endpointId: string): Promise<string> {
  await api.call('PATCH', `/v1/webhook-endpoints/${endpointId}`, { body: { enabled: false } });
  return endpointId;
}

/** The webhook of a mission, whose endpoint is disabled. */
export async function disabledWebhook({ api }: World): Promise<{ url: string }> {
  const { accountId } = api;
  const url = `${RECEIVER_URL}?disabled`;
  const endpointId = await api.db.endpoints.ensureForMission({ accountId, url, secret: null, secretHash: '' });
  await api.db.endpoints.change({ accountId, endpointId, isEnabled: false });
  return { url };
}

/** One whose endpoint is no more. */
async function orphan(world: World): Promise<string> {
  const deliveryId = await delivery(world);
  const { endpointId } = (await world.api.call('GET', `/v1/webhook-deliveries/${deliveryId}`)).body;
  await world.api.call('DELETE', `/v1/webhook-endpoints/${String(endpointId)}`);
  return deliveryId;
}

/** A test that has failed, and another that is still to be sent. */
async function testBesideAnother(world: World): Promise<string> {
  const deliveryId = await delivery(world);
  const { endpointId } = (await world.api.call('GET', `/v1/webhook-deliveries/${deliveryId}`)).body;
  await world.api.call('POST', `/v1/webhook-endpoints/${String(endpointId)}/test`);
  return deliveryId;
}

export const WEBHOOK_EXAMPLES: Examples = {
  'POST /v1/webhook-endpoints': async ({ api }) => {
    const { key } = await api.newAccount(`many ${crypto.randomUUID()}`);
    const body = { url: RECEIVER_URL };
    const post = () => api.call('POST', '/v1/webhook-endpoints', { key, body });
    await Promise.all(Array.from({ length: WEBHOOK_ENDPOINTS_MAX }, post));
    return [
      { body: { ...body, eventTypes: ['mission.failed'], description: 'ours', enabled: false }, answers: 201 },
      { body: { url: 'https://10.0.0.1/' }, answers: 'url_not_allowed' },
      { body, key, answers: 'too_many_endpoints' },
    ];
  },
  'GET /v1/webhook-endpoints': async (world) => {
    await endpoint(world);
    return [
      { query: 'limit=1&forMissions=true', answers: 200 },
      { query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'GET /v1/webhook-endpoints/{endpointId}': async (world) => [
    { params: { endpointId: await endpoint(world) }, answers: 200 },
  ],
  'PATCH /v1/webhook-endpoints/{endpointId}': async (world) => {
    const params = { endpointId: await endpoint(world) };
    return [
      { params, body: { enabled: false, description: null }, answers: 200 },
      { params, body: { url: 'https://10.0.0.1/' }, answers: 'url_not_allowed' },
    ];
  },
  'DELETE /v1/webhook-endpoints/{endpointId}': async (world) => [
    { params: { endpointId: await endpoint(world) }, answers: 204 },
  ],
  'POST /v1/webhook-endpoints/{endpointId}/rotate-secret': async (world) => {
    const params = { endpointId: await endpoint(world) };
    return [
      { params, answers: 200 },
      { params, body: {}, answers: 'secret_rotating' },
    ];
  },
  'POST /v1/account/rotate-webhook-secret': async ({ api }) => {
    const { key } = await api.newAccount(`rotates ${crypto.randomUUID()}`);
    return [
      { key, answers: 200 },
      { key, body: {}, answers: 'secret_rotating' },
      { key, body: { previousValidForSeconds: 0 }, answers: 200 },
    ];
  },
  'POST /v1/webhook-endpoints/{endpointId}/test': async (world) => [
    { params: { endpointId: await endpoint(world) }, answers: 202 },
  ],
  'POST /v1/webhook-endpoints/{endpointId}/recover': async (world) => [
    { params: { endpointId: await endpoint(world) }, body: SINCE, answers: 202 },
    { params: { endpointId: await disable(world, await endpoint(world)) }, body: SINCE, answers: 'endpoint_disabled' },
  ],
  'GET /v1/webhook-deliveries': async (world) => {
    await delivery(world);
    return [
      { query: 'limit=1', answers: 200 },
      { query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'GET /v1/webhook-deliveries/{deliveryId}': async (world) => [
    { params: { deliveryId: await delivery(world) }, answers: 200 },
  ],
  'GET /v1/webhook-deliveries/{deliveryId}/attempts': async (world) => {
    const params = { deliveryId: await delivery(world) };
    return [
      { params, answers: 200 },
      { params, query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'POST /v1/webhook-deliveries/{deliveryId}/redeliver': async (world) => [
    { params: { deliveryId: await delivery(world) }, answers: 202 },
    { params: { deliveryId: await delivery(world, { isDisabled: true }) }, answers: 'endpoint_disabled' },
    { params: { deliveryId: await orphan(world) }, answers: 'endpoint_deleted' },
    { params: { deliveryId: await testBesideAnother(world) }, answers: 'test_pending' },
  ],
};
