import { costUsdOf, isTerminalEvent, type JsonObject, WEBHOOK_OUTPUT_UP_TO_BYTES } from '@flotilla/core';
import type { ClaimedDelivery } from '@flotilla/db';
import { signedHeaders } from './sign.ts';

export type SignedWebhook = { body: string; headers: Record<string, string> };

/**
 * One POST as Standard Webhooks 1.0.0 wants it: `webhook-id` stays the same over every attempt, the timestamp is the
 * attempt's own, by the database's clock, and every secret that is valid now signs.
 */
export function signWebhook(delivery: ClaimedDelivery, secrets: readonly string[]): SignedWebhook {
  const body = JSON.stringify({
    type: delivery.eventType,
    timestamp: new Date(delivery.occurredAt).toISOString(),
    data: dataOf(delivery),
  });
  const at = new Date(delivery.now);
  return {
    body,
    headers: signedHeaders({ id: delivery.id, at, body, userAgent: 'flotilla-webhooks/1' }, secrets),
  };
}

/**
 * An end comes with all that is known of its mission, so that whoever missed everything before it has missed nothing.
 * What happens on the way comes as it is in the journal, under `event`: by the time it is read, the mission may be further.
 */
function dataOf({ mission, eventType, eventSequence: sequence, data }: ClaimedDelivery): JsonObject {
  if (mission === null) return data;
  const { id, metadata } = mission;
  if (!isTerminalEvent(eventType)) return { id, sequence, event: data, metadata };
  return { id, sequence, metadata, ...endOf(mission) };
}

/**
 * The output travels along up to 8 KB (`output` is null and `outputTruncated` true beyond): receivers expect a signal,
 * not the whole answer, and fetch the mission for it.
 */
function endOf({ status, statusReason, usage, output }: NonNullable<ClaimedDelivery['mission']>): JsonObject {
  const isTooLong = output !== null && Buffer.byteLength(output) > WEBHOOK_OUTPUT_UP_TO_BYTES;
  return {
    status,
    statusReason,
    usage: {
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      costUsd: costUsdOf(usage),
    },
    output: isTooLong ? null : output,
    outputTruncated: isTooLong,
  };
}
