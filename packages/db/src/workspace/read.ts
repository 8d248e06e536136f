import type { WorkspaceEntry, WorkspaceFile } from '@flotilla/core';
import type { Client } from '../client.ts';
import { decompress } from '../compress.ts';
import { asUnavailable } from '../statement.ts';

/** What lies in a mission's workspace, by path. */
export async function listWorkspace(client: Client, missionId: string): Promise<WorkspaceEntry[]> {
  try {
    return await client.workspaceFile.findMany({
      where: { missionId },
      select: { path: true, bytes: true },
      orderBy: { path: 'asc' },
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** A page of it: the files after a path. */
export async function pageOfWorkspace(
  client: Client,
  { missionId, after, limit }: { missionId: string; after: string; limit: number },
): Promise<WorkspaceEntry[]> {
  try {
    return await client.workspaceFile.findMany({
      where: { missionId, path: { gt: after } },
      select: { path: true, bytes: true },
      orderBy: { path: 'asc' },
      take: limit,
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Those of the files that are there. */
export async function readWorkspaceFiles(
  client: Client,
  { missionId, paths }: { missionId: string; paths: readonly string[] },
): Promise<WorkspaceFile[]> {
  try {
    const rows = await client.workspaceFile.findMany({
      where: { missionId, path: { in: [...paths] } },
      select: { path: true, contentZstd: true },
      orderBy: { path: 'asc' },
    });
    return await Promise.all(
      rows.map(async ({ path, contentZstd }) => ({ path, content: await decompress(contentZstd) })),
    );
  } catch (error) {
    throw asUnavailable(error);
  }
}
