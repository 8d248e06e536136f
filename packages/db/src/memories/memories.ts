import { MEMORIES_MAX, type Memory, type Ownership } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable, LOCKS_BRIEFLY } from '../statement.ts';

/** What the session of a mission remembers, by key; `null`: the mission belongs to none. */
export async function readMemories(client: Client, missionId: string): Promise<Memory[] | null> {
  try {
    const mission = await client.mission.findUnique({
      where: { id: missionId },
      select: {
        session: { select: { memories: { select: { key: true, content: true }, orderBy: { key: 'asc' } } } },
      },
    });
    return mission?.session?.memories ?? null;
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** `full`: the session remembers as much as it may. */
export type MemoryOutcome = 'written' | 'fenced' | 'no_session' | 'full';

/**
 * Remembers, or with `content` `null` forgets. Only the attempt that runs the mission writes; the session's row, locked
 * by a statement of its own, lets two calls made side by side not remember more than is allowed.
 */
export async function writeMemory(
  client: Client,
  { missionId, attempt, key, content }: Ownership & { key: string; content: string | null },
): Promise<MemoryOutcome> {
  try {
    return await client.$transaction(async (transaction): Promise<MemoryOutcome> => {
      await transaction.$executeRaw(LOCKS_BRIEFLY);
      await transaction.$queryRaw`
        SELECT s.id FROM sessions s WHERE s.id = (SELECT m.session_id FROM missions m WHERE m.id = ${missionId})
        FOR NO KEY UPDATE`;
      const [owned] = await transaction.$queryRaw<{ sessionId: string | null; isNew: boolean; count: number }[]>`
        SELECT m.session_id AS "sessionId",
               NOT EXISTS (SELECT FROM session_memories e WHERE e.session_id = m.session_id AND e.key = ${key}) AS "isNew",
               (SELECT count(*)::int FROM session_memories e WHERE e.session_id = m.session_id) AS count
        FROM missions m
        WHERE m.id = ${missionId} AND m.attempt = ${attempt}::int AND m.status::text = 'running'
        FOR NO KEY UPDATE`;
      if (!owned) return 'fenced';
      const { sessionId, isNew, count } = owned;
      if (sessionId === null) return 'no_session';
      if (content === null) {
        await transaction.sessionMemory.deleteMany({ where: { sessionId, key } });
        return 'written';
      }
      if (isNew && count >= MEMORIES_MAX) return 'full';
      await transaction.$executeRaw`
        INSERT INTO session_memories (session_id, key, content) VALUES (${sessionId}, ${key}, ${content})
        ON CONFLICT (session_id, key) DO UPDATE SET content = EXCLUDED.content, updated_at = now()`;
      return 'written';
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}
