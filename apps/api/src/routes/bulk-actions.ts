import { BULK_MAX, isId, isTerminal, MISSION_STATUSES, type MissionStatus, TERMINAL_STATUSES } from '@flotilla/core';
import type { Database, MissionFilter } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { invalidRequest, noQuery, readInput, readQuery } from '../http/input.ts';
import type { Admission } from '../missions/admission.ts';
import { asUndone, type BulkDone, cancelInBulk, retryInBulk } from '../missions/bulk.ts';
import type { CancelMission } from '../missions/canceller.ts';
import { createdRange, filterText } from '../missions/filter.ts';
import { bulkView, toBulkView } from '../views/bulk.ts';
import { toPage } from '../views/page.ts';
import type { Route } from './route.ts';

type Deps = {
  db: Pick<Database, 'missions'>;
  admission: Admission;
  cancelMission: CancelMission;
};

const LIMIT_DEFAULT = 100;
const UNFINISHED = ['queued', 'waiting', 'running'] as const satisfies readonly MissionStatus[];

const bulkBody = z.strictObject({
  action: z.enum(['retry', 'cancel']),
  filter: z.strictObject({
    status: z.enum(MISSION_STATUSES).optional(),
    code: filterText.optional(),
    tag: filterText.optional(),
    sessionId: z
      .string()
      .refine((id) => isId('session', id), { error: 'must be the id of a session' })
      .optional(),
    ...createdRange,
  }),
  from: z.enum(['start', 'last_step']).optional().describe('Of a retry: where the new missions begin.'),
  again: z.boolean().optional().describe('Of a retry: whether those that were retried before are retried again.'),
  dryRun: z.boolean().default(false),
  limit: z.int().min(1).max(BULK_MAX).default(LIMIT_DEFAULT),
  cursor: z
    .string()
    .optional()
    .describe('nextCursor of the answer before: goes on behind it. Without one, a retry with again begins anew.'),
});

type BulkRequest = z.infer<typeof bulkBody>;

/**
 * `POST /v1/bulk-actions`: retries or cancels what a filter lets through, newest first, at most `limit` of it; with
 * `dryRun` only says what it would do. `hasMore` says that there is more: ask again with `nextCursor`. What was done
 * is let through no more, but for a retry `again`: without the cursor that would take the same ones over and over.
 */
export function bulkActionsRoute({ db, admission, cancelMission }: Deps): Route {
  return {
    method: 'POST',
    path: '/v1/bulk-actions',
    scope: 'missions:write',
    summary:
      'Retries or cancels what a filter lets through, the newest first; with dryRun it only says what it would do.',
    body: 'required',
    input: bulkBody,
    replies: { 200: bulkView },
    problems: ['backlog_full', 'invalid_cursor'],
    keepsAnswer: 'plain',
    async handle({ accountId, query, body }) {
      readQuery(noQuery, query);
      const request = readInput(bulkBody, body);
      const { action, limit, dryRun, cursor, from = 'last_step', again = false } = request;
      const filter = filterOf(request, accountId);
      const before = readIdCursor({ list: 'missions', of: 'mission', cursor });
      const rows = await db.missions.findIds(filter, { before, limit: limit + 1 });
      const itself = (id: string) => id;
      const { data: ids, ...more } = toPage({ kind: 'missions', rows, limit, view: itself, positionOf: itself });
      const view = (done: BulkDone[]) => toBulkView({ action, dryRun, done, ...more });
      if (dryRun) return { status: 200, body: view(ids.map(asUndone)) };
      const done =
        action === 'retry'
          ? await retryInBulk({ db, admission, accountId, ids, from, once: !again })
          : await cancelInBulk({ cancelMission, accountId, ids });
      return { status: 200, body: view(done) };
    },
  };
}

/** @throws {ProblemError} `invalid_request`, for what the action has no use for */
function filterOf({ action, filter, from, again }: BulkRequest, accountId: string): MissionFilter {
  const { status, ...rest } = filter;
  if (action === 'retry') {
    if (status !== undefined && !isTerminal(status)) {
      throw invalidRequest([{ path: '/filter/status', message: `must be one of ${TERMINAL_STATUSES.join(', ')}` }]);
    }
    return { accountId, ...rest, statuses: [status ?? 'failed'], isUnretried: again !== true };
  }
  if (status !== undefined && isTerminal(status)) {
    throw invalidRequest([{ path: '/filter/status', message: `must be one of ${UNFINISHED.join(', ')}` }]);
  }
  const strange = Object.entries({ from, again }).filter(([, value]) => value !== undefined);
  if (strange.length > 0) {
    throw invalidRequest(strange.map(([name]) => ({ path: `/${name}`, message: 'is only for a retry' })));
  }
  return { accountId, ...rest, statuses: status === undefined ? UNFINISHED : [status], isUncancelled: true };
}
