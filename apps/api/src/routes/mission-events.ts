import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { NUMBER_MAX } from '../cursor.ts';
import { invalidRequest, readQuery, wholeNumber } from '../http/input.ts';
import type { OpenReply, Reply } from '../http/reply.ts';
import type { EventHub } from '../streams/event-hub.ts';
import { openEventStream } from '../streams/event-stream.ts';
import { eventView, toEventView } from '../views/event.ts';
import { pageOf, toPage } from '../views/page.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import { journalQuery, openJournal } from './read-journal.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions' | 'events'>; hub: EventHub; stopping: AbortSignal };

const sequence = wholeNumber({ min: 0, max: NUMBER_MAX });
const streamQuery = z.strictObject({ after: sequence.optional() });

/**
 * `GET /v1/missions/:missionId/events`: a page of events in order (`?limit=&after=&cursor=`), or, for who accepts
 * `text/event-stream`, all after the one it has, and those to come (`Last-Event-ID`, or else `?after=`).
 */
export function missionEventsRoute({ db, hub, stopping }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/events',
    scope: 'missions:read',
    summary: 'The numbered facts about a mission, as a page or as a stream of them as they come.',
    query: journalQuery,
    isStreamable: true,
    replies: { 200: pageOf(eventView) },
    takesToken: true,
    problems: ['too_many_streams'],
    handle: async (call) => (isStreamWanted(call) ? openStream(call) : listEvents(call)),
  };

  async function listEvents(call: Call): Promise<Reply> {
    const { missionId, after, limit } = await openJournal(db, call, 'events');
    const rows = await db.events.read({ missionId, after, limit: limit + 1 });
    const page = toPage({ kind: 'events', rows, limit, view: toEventView, positionOf: (event) => event.sequence });
    return { status: 200, body: page };
  }

  async function openStream(call: Call): Promise<OpenReply> {
    const { after: asked = 0 } = readQuery(streamQuery, call.query);
    // Who connects again says what it has in the header, and repeats the address it first connected to.
    const known = lastSeen(call) ?? asked;
    const missionId = missionIdOf(call);
    if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
    const newest = await db.events.newest(missionId);
    // An EventSource that gets 204 does not connect again.
    if (newest?.isEnded && newest.sequence <= known) return { open: (res) => void res.writeHead(204).end() };
    // Since Postgres was restored to an earlier point, a client may know of what has not happened yet.
    const after = Math.min(known, newest?.sequence ?? 0);
    call.holdOpen();
    const { isStillAllowed: isAllowed } = call;
    return { open: (res) => openEventStream({ res, hub, missionId, after, isAllowed, stopping }) };
  }
}

function isStreamWanted({ accept = '' }: Call): boolean {
  return accept.split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === 'text/event-stream');
}

function lastSeen({ lastEventId }: Call): number | null {
  if (lastEventId === undefined || lastEventId === '') return null;
  const read = sequence.safeParse(lastEventId);
  if (read.success) return read.data;
  throw invalidRequest([{ path: 'Last-Event-ID', message: 'must be the id of an event that was received' }]);
}
