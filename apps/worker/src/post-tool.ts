import type { PostTool, ToolContext, ToolReply } from '@flotilla/agent';
import { TOOL_OUTPUT_STORED_BYTES, TOOL_TIMEOUT_MAX_MS } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { isUnsent, type Logger, type Outbound, OutboundFailedError, OutboundRefusedError } from '@flotilla/platform';
import type { OpenSecrets } from './open-secrets.ts';
import { signedHeaders } from './sign.ts';
import { whileLive } from './while-live.ts';

export type ToolPosterOptions = {
  db: { missions: Pick<Database['missions'], 'signing'> };
  /** The guarded way out for addresses that clients name, as for their webhooks. */
  outbound: Pick<Outbound, 'fetch'>;
  openSecrets: OpenSecrets;
  /** Whether this worker has its lease, and so its missions. */
  isLive: () => boolean;
  logger: Pick<Logger, 'warn'>;
};

const ACCEPT = 'application/json, text/*;q=0.9';

/** Calls the tools that agents and missions declare: signed with the secrets of their webhooks, and through the guard. */
export function createToolPoster({ db, outbound, openSecrets, isLive, logger }: ToolPosterOptions): PostTool {
  async function signingOf({ missionId, attempt }: ToolContext) {
    const owner = { missionId, attempt };
    const onAgain = ({ message }: Error) =>
      logger.warn('the database is away: trying again', { ...owner, error: message });
    return whileLive({ owner, isLive, onAgain }, () => db.missions.signing(missionId));
  }

  return async function postTool({ url, body, context }) {
    const { signal, idempotencyKey } = context;
    const { sealedSecrets, now } = await signingOf(context);
    const secrets = openSecrets(sealedSecrets);
    // Sealed anew since the mission was claimed: before that it would have been left to others.
    if (secrets === null) return { kind: 'failed', message: 'it could not be signed', mayHaveArrived: false };
    const signed = signedHeaders(
      { id: idempotencyKey, at: new Date(now), body, userAgent: 'flotilla-tools/1' },
      secrets,
    );
    try {
      const {
        status,
        headers,
        body: received,
        truncated,
      } = await outbound.fetch(url, {
        method: 'POST',
        headers: { ...signed, accept: ACCEPT, 'idempotency-key': idempotencyKey },
        body,
        signal,
        // The call's own time is over before.
        timeoutMs: 2 * TOOL_TIMEOUT_MAX_MS,
        maxBytes: TOOL_OUTPUT_STORED_BYTES,
        redirects: 0,
      });
      return { kind: 'answered', status, headers, body: received, truncated };
    } catch (error) {
      return failureOf(error);
    }
  };
}

function failureOf(error: unknown): ToolReply {
  if (!(error instanceof OutboundRefusedError || error instanceof OutboundFailedError)) throw error;
  return { kind: 'failed', message: error.message, mayHaveArrived: !isUnsent(error) };
}
