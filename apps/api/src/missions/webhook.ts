import { createHash } from 'node:crypto';
import { ENDPOINT_KNOWN_FOR_MS, MISSION_ENDPOINT_CACHE_MS, type MissionRequest } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Outbound, SecretBox } from '@flotilla/platform';
import { invalidRequest } from '../http/input.ts';
import { createMemo } from '../memo.ts';
import { ProblemError } from '../problem.ts';
import { checkWebhookUrl } from '../webhooks/check-url.ts';

export type Webhook = NonNullable<MissionRequest['webhook']>;

export type WebhookEndpoints = {
  /**
   * Judges a webhook without storing anything.
   * @throws {ProblemError} `url_not_allowed`, `invalid_request`, `endpoint_disabled`
   */
  check(accountId: string, webhook: Webhook): Promise<void>;
  /** The id of the endpoint that this account's webhook stands for; stored when it is new, and there for an hour at least. */
  ensure(accountId: string, webhook: Webhook): Promise<string>;
};

/** Endpoints remembered, so that a busy client's POST costs one commit and not two. */
const ENDPOINTS_REMEMBERED = 10_000;
/** Standard Webhooks 1.0.0: a secret has 24 to 64 bytes. */
const SECRET_MIN_BYTES = 24;
const SECRET_MAX_BYTES = 64;

export function createWebhookEndpoints(options: {
  ensureForMission: Database['endpoints']['ensureForMission'];
  findForMission: Database['endpoints']['findForMission'];
  outbound: Pick<Outbound, 'checkUrl'>;
  secrets: SecretBox;
}): WebhookEndpoints {
  const { ensureForMission, findForMission, outbound, secrets } = options;
  const known = createMemo<string>({ maxEntries: ENDPOINTS_REMEMBERED, ttlMs: ENDPOINT_KNOWN_FOR_MS });
  const enabled = createMemo<true>({ maxEntries: ENDPOINTS_REMEMBERED, ttlMs: MISSION_ENDPOINT_CACHE_MS });

  return {
    async check(accountId, { url, secret }) {
      if (secret !== undefined && !isSecret(secret)) {
        const message = `must be whsec_ followed by ${SECRET_MIN_BYTES} to ${SECRET_MAX_BYTES} bytes in base64`;
        throw invalidRequest([{ path: '/webhook/secret', message }]);
      }
      await checkWebhookUrl(outbound, { url, path: '/webhook/url' });
      const secretHash = hashOf(secret);
      await enabled.get(JSON.stringify([accountId, url, secretHash]), async () => {
        const endpoint = await findForMission({ accountId, url, secretHash });
        // Thrown, it is not remembered: enabled again, it may be named at once.
        if (endpoint && !endpoint.isEnabled) throw webhookDisabled(endpoint.id);
        return true;
      });
    },

    ensure(accountId, { url, secret }) {
      const secretHash = hashOf(secret);
      return known.get(JSON.stringify([accountId, url, secretHash]), () =>
        ensureForMission({ accountId, url, secretHash, secret: secret === undefined ? null : secrets.seal(secret) }),
      );
    },
  };
}

/**
 * Nobody would hear of the mission's end. It is not enabled anew by being named: its receiver has said that it wants no
 * more (410), or has failed for days, and whoever posts on would never learn that nobody listens.
 */
function webhookDisabled(endpointId: string): ProblemError {
  const message = 'is disabled, and would be told nothing';
  const detail = `The webhook's endpoint is disabled; enable it first: PATCH /v1/webhook-endpoints/${endpointId} {"enabled": true}.`;
  return new ProblemError('endpoint_disabled', detail, {
    errors: [{ path: '/webhook/url', message }],
    members: { endpointId },
  });
}

/** `''` where there is none: the account's secret signs. */
function hashOf(secret: string | undefined): string {
  return secret === undefined ? '' : createHash('sha256').update(secret).digest('hex');
}

/** A signature made with a secret that the receiver's library cannot decode would never verify. */
function isSecret(secret: string): boolean {
  const base64 = secret.slice('whsec_'.length);
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  const isPadded = base64.length % 4 === 0;
  return isWhole && isPadded && bytes.length >= SECRET_MIN_BYTES && bytes.length <= SECRET_MAX_BYTES;
}
