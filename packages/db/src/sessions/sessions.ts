import { createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable } from '../statement.ts';

/** The conversation several missions share; `activeMissionId` is the one whose turn it is. */
export type StoredSession = { id: string; activeMissionId: string | null; createdAt: Date };

const shown = { id: true, activeMissionId: true, createdAt: true } as const;

export async function createSession(client: Client, accountId: string): Promise<StoredSession> {
  return guarded(client.session.create({ data: { id: createId('session'), accountId }, select: shown }));
}

/** A session of this account, or `null`: another account's session does not exist for it. */
export async function readSession(client: Client, accountId: string, sessionId: string): Promise<StoredSession | null> {
  return guarded(client.session.findFirst({ where: { id: sessionId, accountId }, select: shown }));
}

/** A page of an account's sessions, newest first. `before` is the id the page starts after; ids sort by time. */
export async function listSessions(
  client: Client,
  page: { accountId: string; before: string | null; limit: number },
): Promise<StoredSession[]> {
  const { accountId, before, limit } = page;
  return guarded(
    client.session.findMany({
      where: { accountId, ...(before !== null && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
      select: shown,
    }),
  );
}

async function guarded<Result>(query: Promise<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    throw asUnavailable(error);
  }
}
