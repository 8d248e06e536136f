import { MISSION_TOKEN_DEFAULT_SECONDS, MISSION_TOKEN_MAX_SECONDS, MISSION_TOKEN_MIN_SECONDS } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import type { MissionTokens } from '../auth/mission-token.ts';
import { noQuery, readOptionalInput, readQuery } from '../http/input.ts';
import { missionTokenView, toMissionTokenView } from '../views/mission-token.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

const newToken = z.strictObject({
  ttlSeconds: z
    .int()
    .min(MISSION_TOKEN_MIN_SECONDS)
    .max(MISSION_TOKEN_MAX_SECONDS)
    .default(MISSION_TOKEN_DEFAULT_SECONDS),
});

/**
 * `POST /v1/missions/:missionId/tokens`: a token with which a browser, whose EventSource sends no header, may read that
 * mission's events and result, and nothing else.
 */
export function missionTokensRoute({
  db,
  tokens,
}: {
  db: Pick<Database, 'missions'>;
  tokens: Pick<MissionTokens, 'make'>;
}): Route {
  return {
    method: 'POST',
    path: '/v1/missions/:missionId/tokens',
    summary: 'Makes a token with which a browser may read this mission’s events and result, for a short time.',
    scope: 'missions:read',
    body: 'optional',
    input: newToken,
    replies: { 201: missionTokenView },
    keepsAnswer: 'sealed',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { ttlSeconds } = readOptionalInput(newToken, call.body);
      const missionId = missionIdOf(call);
      if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
      // By the clock of this process, as it is read by that of another: whoever reads one asks no database, and a clock that
      // is wrong by minutes makes it longer or shorter by as much.
      const expiresAt = new Date(Date.now() + ttlSeconds * 1_000);
      const content = { missionId, keyPrefix: call.keyPrefix, expiresAt };
      return { status: 201, body: toMissionTokenView(tokens.make(content), content) };
    },
  };
}
