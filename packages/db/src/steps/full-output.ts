import type { Ownership, ToolResultCommit } from '@flotilla/core';
import type { Client } from '../client.ts';
import { compress, decompress } from '../compress.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** A tool result as it travels to the database: what is stored whole is compressed, as base64 within JSON. */
export type CompressedResult = Ownership & Omit<ToolResultCommit, 'fullOutput'> & { fullOutputZstd: string | null };

/** Done before the batch, so that one large output holds up nobody else's commit. */
export async function compressResult(commit: Ownership & ToolResultCommit): Promise<CompressedResult> {
  const { fullOutput, ...rest } = commit;
  const frame = fullOutput === null ? null : await compress(fullOutput);
  return { ...rest, fullOutputZstd: frame?.toString('base64') ?? null };
}

/** `missionId`: which mission asks. `of`: whose call it was, where not its own. */
export type OutputAsked = { missionId: string; of: string | null; step: number; index: number };

/**
 * The whole output of a call, as far as it was stored. A mission sees its own, and those of the missions before it in
 * its session; `null` for any other, and where there is no output.
 */
export async function readOutput(client: Client, { missionId, of, step, index }: OutputAsked): Promise<string | null> {
  const [row] = await runStatement<Row>(
    client,
    Prisma.sql`
      SELECT t.result, t.full_output AS "fullOutput", t.full_output_zstd AS "fullOutputZstd"
      FROM missions reader
      JOIN missions m ON m.id = COALESCE(${of}::text, reader.id)
        AND (m.id = reader.id OR (m.session_id = reader.session_id
                                  AND (m.created_at, m.id) < (reader.created_at, reader.id)))
      JOIN tool_calls t ON t.mission_id = m.id AND t.step_number = ${step}::int AND t.index = ${index}::int
      WHERE reader.id = ${missionId}`,
  );
  if (!row) return null;
  // Rows of before hold it as it was.
  return row.fullOutputZstd ? (await decompress(row.fullOutputZstd)).toString('utf8') : (row.fullOutput ?? row.result);
}

type Row = { result: string | null; fullOutput: string | null; fullOutputZstd: Uint8Array | null };
