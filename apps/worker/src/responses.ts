import type { ResponseCache } from '@flotilla/agent';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { WorkerFacts } from './facts.ts';

export type ResponsesOptions = {
  db: Pick<Database, 'responses'>;
  logger: Pick<Logger, 'warn'>;
  facts: Pick<WorkerFacts, 'responseLookedUp'>;
};

/** Whose replies are read, and with which of its missions those that are added go. */
export type ResponsesOf = { accountId: string; missionId: string };

/** The replies kept for one account, in Postgres for the whole fleet. A database that is away costs calls, not missions. */
export function createResponses({ db, logger, facts }: ResponsesOptions): (of: ResponsesOf) => ResponseCache {
  const toNothing = (error: unknown) => {
    logger.warn('the response cache could not be used', { error });
    return null;
  };
  return ({ accountId, missionId }) => ({
    async read(key) {
      const response = await db.responses.read({ accountId, key }).catch(toNothing);
      facts.responseLookedUp(response === null ? 'miss' : 'hit');
      return response;
    },
    write: (key, response) => void db.responses.write({ accountId, key, missionId, response }).catch(toNothing),
  });
}
