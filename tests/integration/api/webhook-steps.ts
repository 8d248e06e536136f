import { type Api, claim, RECEIVER_URL } from './fixture.ts';

/** An endpoint made over HTTP, with its secret. */
export async function makeEndpoint(api: Api, body: object = {}) {
  const answer = await api.call('POST', '/v1/webhook-endpoints', { body: { url: RECEIVER_URL, ...body } });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

/** A mission that has ended, and the deliveries that this owes. */
export async function endOne(api: Api): Promise<{ missionId: string; deliveryIds: string[] }> {
  const missionId = await api.post();
  const left = await api.db.lease.leave({ ...(await claim(api, missionId)), status: 'completed', output: 'done' });
  if (left === 'fenced') throw new Error('fenced');
  return { missionId, deliveryIds: left.deliveryIds };
}

/** What a worker makes of a delivery: one attempt, which comes to this. */
export async function attemptDelivery(
  { db }: Api,
  of: { deliveryId: string; responseStatus: number; responseBody?: string | undefined },
): Promise<void> {
  const { deliveryId, responseStatus, responseBody = 'no' } = of;
  const claimed = await db.deliveries.claim(deliveryId);
  if (!claimed) throw new Error('the delivery could not be claimed');
  const { attempt, url } = claimed;
  const posted = { durationMs: 7, responseStatus, responseBody, error: null, quietMs: null };
  const next =
    responseStatus === 204
      ? ({ kind: 'delivered' } as const)
      : ({ kind: 'failed', because: 'attempts_exhausted' } as const);
  await db.deliveries.record({ deliveryId, attempt, url, ...posted, next });
}
