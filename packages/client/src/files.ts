import type { Api, Query, Reply } from './api.ts';
import type { List } from './list.ts';
import type { CallOptions } from './transport.ts';

/** `client.missions.files` */
export type Files = {
  /** What its tools have left in its workspace, by path. */
  list(
    missionId: string,
    query?: Query<'GET /v1/missions/{missionId}/files'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/missions/{missionId}/files'>>;

  /** A file of it, byte by byte. */
  read(
    missionId: string,
    path: string,
    options?: CallOptions,
  ): Promise<Reply<'GET /v1/missions/{missionId}/files/{path}'>>;
};

export function createFiles({ call, list }: Api): Files {
  return {
    list: (missionId, query, options) =>
      list('GET /v1/missions/{missionId}/files', { params: { missionId }, query }, options),
    read: (missionId, path, options) =>
      call('GET /v1/missions/{missionId}/files/{path}', { params: { missionId, path } }, options),
  };
}
