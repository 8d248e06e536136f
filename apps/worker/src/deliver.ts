import { DELIVERY_RESPONSE_KEPT_BYTES, DELIVERY_TIMEOUT_MS } from '@flotilla/core';
import type { ClaimedDelivery, Database, DeliveryResult } from '@flotilla/db';
import type { Logger, Outbound, SecretBox } from '@flotilla/platform';
import { judgeDelivery, readRetryAfter } from './delivery-schedule.ts';
import type { WorkerFacts } from './facts.ts';
import { signWebhook } from './webhook.ts';

export type DeliveryRunnerOptions = {
  db: Pick<Database, 'deliveries'>;
  /** The guarded way out. The address is judged again at every attempt, when the connection is made. */
  outbound: Pick<Outbound, 'fetch'>;
  secrets: SecretBox;
  logger: Logger;
  facts: Pick<WorkerFacts, 'deliveryAttempted' | 'fenced'>;
  random?: () => number;
};

type Posted = Pick<DeliveryResult, 'responseStatus' | 'responseBody' | 'error'> & { retryAfterMs: number | null };

/** Answers a delivery's bell: claim → sign → POST → record what came of it. */
export function createDeliveryRunner(
  options: DeliveryRunnerOptions,
): (deliveryId: string, signal: AbortSignal) => Promise<void> {
  const { db, outbound, secrets, logger, facts, random = Math.random } = options;

  async function post(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Posted> {
    try {
      const { body, headers } = signWebhook(
        delivery,
        delivery.sealedSecrets.map((sealed) => secrets.open(sealed)),
      );
      const response = await outbound.fetch(delivery.url, {
        method: 'POST',
        headers,
        body,
        signal,
        timeoutMs: DELIVERY_TIMEOUT_MS,
        maxBytes: DELIVERY_RESPONSE_KEPT_BYTES,
        redirects: 0,
      });
      return {
        responseStatus: response.status,
        responseBody: storableText(response.body),
        error: null,
        retryAfterMs: readRetryAfter(response.headers['retry-after'] ?? null, new Date(delivery.now)),
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { responseStatus: null, responseBody: null, error: message, retryAfterMs: null };
    }
  }

  return async function answerDeliveryBell(deliveryId, signal) {
    const delivery = await db.deliveries.claim(deliveryId);
    if (!delivery) return;
    const startedAt = performance.now();
    const { retryAfterMs, ...posted } = await post(delivery, signal);
    const next = judgeDelivery(delivery.attempt, { status: posted.responseStatus, retryAfterMs }, random);
    const durationMs = Math.round(performance.now() - startedAt);
    const result: DeliveryResult = { deliveryId, attempt: delivery.attempt, durationMs, ...posted, next };
    const isOurs = await db.deliveries.record(result);
    if (!isOurs) facts.fenced('delivery');
    const outcome = isOurs ? next.kind : 'fenced';
    facts.deliveryAttempted({ outcome, durationMs });
    logger.info('webhook attempted', {
      deliveryId,
      missionId: delivery.mission.id,
      attempt: delivery.attempt,
      status: posted.responseStatus,
      problem: posted.error,
      next: outcome,
      durationMs,
    });
  };
}

/** A receiver may answer with any bytes; Postgres holds no null characters in text. */
function storableText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll('\0', '\u{fffd}');
}
