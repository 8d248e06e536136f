import type { Client } from '../client.ts';
import { readAnswers, readAsks } from './asks.ts';
import { browseMissions, type MissionListing } from './browse.ts';
import { type Found, findMissionIds, findMissions, type MissionFilter } from './find.ts';
import { findAsk, type InboxPage, readInbox } from './inbox.ts';
import { listMissions, type MissionPage } from './list.ts';
import { readQueuePlace } from './queue-place.ts';
import { hasMission, readMission } from './read.ts';
import { readSigning } from './signing.ts';
import { readTimings } from './timings.ts';

/** What is asked about missions, one or many. */
export function createMissionReads(client: Client) {
  return {
    read: (accountId: string, missionId: string) => readMission(client, accountId, missionId),
    has: (accountId: string, missionId: string) => hasMission(client, accountId, missionId),
    list: (page: MissionPage) => listMissions(client, page),
    browse: (listing: MissionListing, found: Found) => browseMissions(client, listing, found),
    find: (filter: MissionFilter, found: Found) => findMissions(client, filter, found),
    findIds: (filter: MissionFilter, found: Found) => findMissionIds(client, filter, found),
    queuePlace: (accountId: string, missionId: string) => readQueuePlace(client, accountId, missionId),
    timings: (missionId: string) => readTimings(client, missionId),
    asks: (accountId: string, missionId: string) => readAsks(client, accountId, missionId),
    ask: (accountId: string, askId: string) => findAsk(client, accountId, askId),
    /** The open asks of all of an account's missions. */
    inbox: (page: InboxPage) => readInbox(client, page),
    /** What the calls of a step were answered while the mission was parked. */
    answersOf: (missionId: string, step: number) => readAnswers(client, missionId, step),
    /** What a call made on its behalf is signed with. */
    signing: (missionId: string) => readSigning(client, missionId),
  };
}
