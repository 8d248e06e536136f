import { costUsdOf, WEBHOOK_OUTPUT_UP_TO_BYTES } from '@flotilla/core';
import type { ClaimedDelivery } from '@flotilla/db';
import { signedHeaders } from './sign.ts';

export type SignedWebhook = { body: string; headers: Record<string, string> };

/**
 * One POST as Standard Webhooks 1.0.0 wants it: `webhook-id` stays the same over every attempt, the timestamp is the
 * attempt's own, by the database's clock, and every secret that is valid now signs.
 * The output travels along up to 8 KB (`output` is null and `outputTruncated` true beyond): receivers expect a signal,
 * not the whole answer, and fetch the mission for it.
 */
export function signWebhook(delivery: ClaimedDelivery, secrets: readonly string[]): SignedWebhook {
  const { mission } = delivery;
  const isTooLong = mission.output !== null && Buffer.byteLength(mission.output) > WEBHOOK_OUTPUT_UP_TO_BYTES;
  const body = JSON.stringify({
    type: delivery.eventType,
    timestamp: new Date(delivery.occurredAt).toISOString(),
    data: {
      id: mission.id,
      status: mission.status,
      statusReason: mission.statusReason,
      sequence: delivery.eventSequence,
      usage: {
        inputTokens: mission.usage.inputTokens,
        outputTokens: mission.usage.outputTokens,
        cachedInputTokens: mission.usage.cachedInputTokens,
        costUsd: costUsdOf(mission.usage),
      },
      metadata: mission.metadata,
      output: isTooLong ? null : mission.output,
      outputTruncated: isTooLong,
    },
  });
  const at = new Date(delivery.now);
  return {
    body,
    headers: signedHeaders({ id: delivery.id, at, body, userAgent: 'flotilla-webhooks/1' }, secrets),
  };
}
