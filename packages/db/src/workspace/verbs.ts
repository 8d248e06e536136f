import type { Client } from '../client.ts';
import { changeWorkspace } from './change.ts';
import { listWorkspace, pageOfWorkspace, readWorkspaceFiles } from './read.ts';

/** The files of a mission. */
export function createWorkspaceVerbs(client: Client) {
  return {
    list: (missionId: string) => listWorkspace(client, missionId),
    page: (page: Parameters<typeof pageOfWorkspace>[1]) => pageOfWorkspace(client, page),
    read: (files: Parameters<typeof readWorkspaceFiles>[1]) => readWorkspaceFiles(client, files),
    change: (change: Parameters<typeof changeWorkspace>[1]) => changeWorkspace(client, change),
  };
}
