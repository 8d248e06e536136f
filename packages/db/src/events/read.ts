import type { JsonObject } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable } from '../statement.ts';

export type StoredEvent = { sequence: number; type: string; data: JsonObject; createdAt: Date };

/** A page of a mission's events, in order, from the one after `after`. */
export async function readEvents(
  client: Client,
  page: { missionId: string; after: number; limit: number },
): Promise<StoredEvent[]> {
  try {
    const rows = await client.missionEvent.findMany({
      where: { missionId: page.missionId, sequence: { gt: page.after } },
      orderBy: { sequence: 'asc' },
      take: page.limit,
    });
    return rows.map(({ sequence, type, data, createdAt }) => ({ sequence, type, data: data as JsonObject, createdAt }));
  } catch (error) {
    throw asUnavailable(error);
  }
}
