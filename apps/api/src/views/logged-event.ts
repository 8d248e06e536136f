import type { LoggedEvent } from '@flotilla/db';
import { z } from 'zod';
import { eventView, toEventView } from './event.ts';
import { pageOf } from './page.ts';

export const loggedEventView = eventView.extend({ missionId: z.string() }).meta({ id: 'LoggedEvent' });

/** A page of the account's log. Its end is told even where there is no next page yet: the log goes on. */
export const logPageView = pageOf(loggedEventView)
  .extend({
    endCursor: z
      .string()
      .nullable()
      .describe('Where this page ends: as ?cursor= of a later request it goes on from here. Null: at the beginning.'),
  })
  .meta({ id: 'EventLogPage' });

/** One numbered fact, and the mission that it is about. */
export function toLoggedEventView(event: LoggedEvent): z.infer<typeof loggedEventView> {
  return { missionId: event.missionId, ...toEventView(event) };
}
