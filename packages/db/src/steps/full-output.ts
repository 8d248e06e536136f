import type { Ownership, ToolResultCommit } from '@flotilla/core';
import type { Client } from '../client.ts';
import { compress, decompress } from '../compress.ts';
import { asUnavailable } from '../statement.ts';

/** A tool result as it travels to the database: what is stored whole is compressed, as base64 within JSON. */
export type CompressedResult = Ownership & Omit<ToolResultCommit, 'fullOutput'> & { fullOutputZstd: string | null };

/** Done before the batch, so that one large output holds up nobody else's commit. */
export async function compressResult(commit: Ownership & ToolResultCommit): Promise<CompressedResult> {
  const { fullOutput, ...rest } = commit;
  const frame = fullOutput === null ? null : await compress(fullOutput);
  return { ...rest, fullOutputZstd: frame?.toString('base64') ?? null };
}

/** The whole output of a call whose result is cut; `null` where it is not, or there is no such call. */
export async function readFullOutput(
  client: Client,
  call: { missionId: string; step: number; index: number },
): Promise<string | null> {
  try {
    const row = await client.toolCall.findUnique({
      where: {
        missionId_stepNumber_index: { missionId: call.missionId, stepNumber: call.step, index: call.index },
      },
      // Rows of before hold it as it was.
      select: { fullOutput: true, fullOutputZstd: true },
    });
    return row?.fullOutputZstd ? (await decompress(row.fullOutputZstd)).toString('utf8') : (row?.fullOutput ?? null);
  } catch (error) {
    throw asUnavailable(error);
  }
}
