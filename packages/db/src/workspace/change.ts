import { type Ownership, refuseChange, type WorkspaceChange, type WorkspaceEntry } from '@flotilla/core';
import type { Client } from '../client.ts';
import { compress } from '../compress.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, LOCKS_BRIEFLY, recordset } from '../statement.ts';

/** `refused`: why the workspace cannot take it, as a sentence. */
export type ChangeOutcome = 'changed' | 'fenced' | { refused: string };

/**
 * Makes a change whole, or not at all. Only the attempt that runs the mission writes. Its row, locked by a statement of
 * its own, holds back the next change until this one is committed: two calls made side by side cannot fill a workspace
 * beyond what it may hold.
 */
export async function changeWorkspace(
  client: Client,
  { missionId, attempt, written, removed }: Ownership & WorkspaceChange,
): Promise<ChangeOutcome> {
  const rows = await Promise.all(
    written.map(async ({ path, content }) => ({
      path,
      bytes: content.length,
      contentZstd: (await compress(content)).toString('base64'),
    })),
  );
  // A row that is written is not removed by the same statement.
  const gone = removed.filter((path) => written.every((file) => file.path !== path));
  try {
    return await client.$transaction(async (transaction): Promise<ChangeOutcome> => {
      await transaction.$executeRaw(LOCKS_BRIEFLY);
      const owned = await transaction.$queryRaw<{ id: string }[]>`
        SELECT id FROM missions WHERE id = ${missionId} AND attempt = ${attempt}::int AND status::text = 'running'
        FOR NO KEY UPDATE`;
      if (owned.length === 0) return 'fenced';
      const entries = await transaction.$queryRaw<WorkspaceEntry[]>`
        SELECT path, bytes FROM workspace_files WHERE mission_id = ${missionId}`;
      const refused = refuseChange(entries, { written, removed });
      if (refused !== null) return { refused };
      await transaction.$executeRaw(Prisma.sql`
        WITH gone AS (
          DELETE FROM workspace_files WHERE mission_id = ${missionId} AND path = ANY (${gone}::text[])
        )
        INSERT INTO workspace_files (mission_id, path, bytes, content_zstd)
        SELECT ${missionId}, w.path, w.bytes, decode(w."contentZstd", 'base64')
        FROM ${recordset(rows)} AS w(path text, bytes int, "contentZstd" text)
        ON CONFLICT (mission_id, path)
        DO UPDATE SET bytes = EXCLUDED.bytes, content_zstd = EXCLUDED.content_zstd, updated_at = now()`);
      return 'changed';
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}
