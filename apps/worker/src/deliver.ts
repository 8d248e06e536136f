import { DELIVERY_RESPONSE_KEPT_BYTES, DELIVERY_TIMEOUT_MS, WEBHOOK_TEST_EVENT } from '@flotilla/core';
import type { ClaimedDelivery, Database, DeliveryResult, Released } from '@flotilla/db';
import { type Logger, type Outbound, type OutboundResponse, type Redactor, traceFields } from '@flotilla/platform';
import { atMoment, type Queue } from '@flotilla/queue';
import { judgeDelivery, quietMsOf, readRetryAfter, releasedForMs } from './delivery-schedule.ts';
import type { WorkerFacts } from './facts.ts';
import type { OpenSecrets } from './open-secrets.ts';
import { createSlowLane } from './slow-lane.ts';
import type { MissionTraces } from './trace/mission-traces.ts';
import { signWebhook } from './webhook.ts';

export type DeliveryRunnerOptions = {
  db: { deliveries: Pick<Database['deliveries'], 'claim' | 'record' | 'release' | 'wake' | 'wakeSlow'> };
  queue: Pick<Queue, 'ringAll'>;
  /** The guarded way out. The address is judged again at every attempt, when the connection is made. */
  outbound: Pick<Outbound, 'fetch'>;
  openSecrets: OpenSecrets;
  /** Takes secrets out of what receivers answer, before it is stored. */
  redactor: Pick<Redactor, 'text'>;
  logger: Pick<Logger, 'info' | 'warn'>;
  facts: Pick<WorkerFacts, 'deliveryAttempted' | 'fenced'>;
  traces: Pick<MissionTraces, 'webhook'>;
  /** The worker's id, for the log: a delivery needs no lease. */
  workerId: () => string | null;
  /** How many deliveries are under way at once here. */
  slots: number;
  /** The waits between attempts, in milliseconds. */
  schedule: readonly number[];
  timeoutMs?: number;
  random?: () => number;
};

/** Such a wait is ended here, at its moment. The sweep ends the longer ones, up to a turn late and many at once. */
const ENDED_HERE_UP_TO_MS = 10_000;

type Posted = Pick<DeliveryResult, 'responseStatus' | 'responseBody' | 'error'> & { retryAfterMs: number | null };

/** Answers a delivery's bell: claim → sign → POST → record what came of it → wake whoever waited for its room. */
export function createDeliveryRunner(
  options: DeliveryRunnerOptions,
): (deliveryId: string, signal: AbortSignal) => Promise<void> {
  const { db, queue, outbound, openSecrets, redactor, logger, facts, traces, schedule, random = Math.random } = options;
  const { timeoutMs = DELIVERY_TIMEOUT_MS } = options;
  const slowLane = createSlowLane(options.slots);

  type Sent = { secrets: readonly string[] | null; signal: AbortSignal; traceparent: string | null };

  async function post(delivery: ClaimedDelivery, { secrets, signal, traceparent }: Sent): Promise<Posted> {
    try {
      if (secrets === null) throw new Error('it could not be signed: its secret cannot be opened');
      const { body, headers } = signWebhook(delivery, secrets);
      const response = await outbound.fetch(delivery.url, {
        method: 'POST',
        headers: traceparent === null ? headers : { ...headers, traceparent },
        body,
        signal,
        timeoutMs,
        maxBytes: DELIVERY_RESPONSE_KEPT_BYTES,
        decode: false,
        redirects: 0,
      });
      const excerpt = excerptOf(response);
      return {
        responseStatus: response.status,
        responseBody: excerpt === null ? null : redactor.text(excerpt),
        error: null,
        retryAfterMs: readRetryAfter(response.headers['retry-after'] ?? null, new Date(delivery.now)),
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { responseStatus: null, responseBody: null, error: message, retryAfterMs: null };
    }
  }

  async function answer(delivery: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    const secrets = openSecrets(delivery.sealedSecrets);
    const afterMs = secrets === null ? releasedForMs(delivery, random) : null;
    if (afterMs === null) return attempt(delivery, { secrets, signal });
    const { id: deliveryId, attempt: ofClaim } = delivery;
    const released = await db.deliveries.release({ deliveryId, attempt: ofClaim, afterMs });
    if (!released) {
      facts.fenced('delivery');
      return;
    }
    ringAtItsMoment(delivery, afterMs);
    await wake(released);
  }

  async function attempt(delivery: ClaimedDelivery, { secrets, signal }: Omit<Sent, 'traceparent'>): Promise<void> {
    const { id: deliveryId, url, tries } = delivery;
    const startedAt = performance.now();
    const span = traces.webhook(delivery);
    const { traceparent } = span;
    const { retryAfterMs, ...posted } = await post(delivery, { secrets, signal, traceparent });
    const { responseStatus } = posted;
    span.end({
      fields: responseStatus === null ? {} : { 'http.response.status_code': responseStatus },
      failed: responseStatus !== null && responseStatus < 300 ? null : String(responseStatus ?? 'no_answer'),
    });
    const answered = { status: responseStatus, retryAfterMs };
    const isTest = delivery.eventType === WEBHOOK_TEST_EVENT;
    const judged = judgeDelivery({ tries, schedule, isTest }, answered, random);
    const durationMs = Math.round(performance.now() - startedAt);
    const at = { deliveryId, attempt: delivery.attempt, url, durationMs };
    const recorded = await db.deliveries.record({ ...at, ...posted, quietMs: quietMsOf(answered), next: judged });
    const next: DeliveryResult['next'] = recorded?.isSentOn ? { kind: 'retry', afterMs: 0 } : judged;
    if (!recorded) facts.fenced('delivery');
    const outcome = recorded ? next.kind : 'fenced';
    // A client who tries a wrong address misses nothing, and wakes no operator.
    facts.deliveryAttempted({ outcome: recorded && isTest ? 'test' : outcome, durationMs });
    logger.info('webhook attempted', {
      deliveryId,
      missionId: delivery.mission?.id,
      attempt: delivery.attempt,
      workerId: options.workerId(),
      accountId: delivery.accountId,
      status: posted.responseStatus,
      problem: posted.error,
      next: outcome,
      durationMs,
      ...traceFields(traceparent),
    });
    if (recorded?.disabledBecause) {
      const { endpointId, disabledBecause } = recorded;
      logger.warn('disabled a webhook endpoint', {
        endpointId,
        accountId: delivery.accountId,
        because: disabledBecause,
      });
    }
    if (recorded && next.kind === 'retry') ringAtItsMoment(delivery, next.afterMs);
    if (recorded) await wake(recorded);
  }

  /** If this process is gone by then, the sweep finds the delivery due. A bell that it rings too is the same bell. */
  function ringAtItsMoment({ id: deliveryId, rings }: ClaimedDelivery, afterMs: number): void {
    if (afterMs > ENDED_HERE_UP_TO_MS) return;
    atMoment(afterMs, () => void queue.ringAll([{ job: 'delivery', deliveryId, ring: rings + 1 }]));
  }

  async function wake({ endpointId, wakes, slowRoom }: Released): Promise<void> {
    // Its account's other endpoints first: what the endpoint has next stands behind them, should both be slow.
    const inLine = slowRoom === null ? [] : await db.deliveries.wakeSlow(slowRoom);
    const due = wakes === 0 ? inLine : [...inLine, ...(await db.deliveries.wake(endpointId, wakes))];
    if (due.length === 0) return;
    await queue.ringAll(due.map(({ deliveryId, rings }) => ({ job: 'delivery', deliveryId, ring: rings })));
  }

  return async function answerDeliveryBell(deliveryId, signal) {
    const place = slowLane.enter();
    try {
      const delivery = await db.deliveries.claim(deliveryId, { takesSlow: place.takesSlow });
      place.settle(delivery?.isSlow ?? false);
      if (delivery) await answer(delivery, signal);
    } finally {
      place.leave();
    }
  };
}

/**
 * A receiver may answer with any bytes; Postgres holds no null characters in text. `null`: they are said to be encoded,
 * and are not unpacked for the sake of an excerpt; a status that has been given is not lost over what comes with it.
 */
function excerptOf({ headers, body }: OutboundResponse): string | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return null;
  return new TextDecoder().decode(body).replaceAll('\0', '\u{fffd}');
}
