import { workspacePathSchema } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readCursor } from '../cursor.ts';
import { attachmentOf, contentTypeOf } from '../http/content-type.ts';
import { noQuery, pageQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { fileView, toFileView } from '../views/file.ts';
import { pageOf, toPage } from '../views/page.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions' | 'workspace'> };

/** `GET /v1/missions/:missionId/files?limit=&cursor=`, by path, and `/files/*path`: what its tools have left in its workspace. */
export function missionFileRoutes({ db }: Deps): Route[] {
  async function openWorkspace(call: Call): Promise<string> {
    const missionId = missionIdOf(call);
    if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
    return missionId;
  }

  return [
    {
      method: 'GET',
      path: '/v1/missions/:missionId/files',
      scope: 'missions:read',
      summary: 'The files that a mission’s tools have left in its workspace.',
      query: pageQuery,
      replies: { 200: pageOf(fileView) },
      async handle(call) {
        const { limit, cursor } = readQuery(pageQuery, call.query);
        const after = cursor === undefined ? '' : readCursor('files', cursor, workspacePathSchema);
        const rows = await db.workspace.page({ missionId: await openWorkspace(call), after, limit: limit + 1 });
        const page = toPage({ kind: 'files', rows, limit, view: toFileView, positionOf: ({ path }) => path });
        return { status: 200, body: page };
      },
    },
    {
      method: 'GET',
      path: '/v1/missions/:missionId/files/*path',
      scope: 'missions:read',
      summary: 'A file of a mission’s workspace, to be stored rather than shown.',
      media: 'application/octet-stream',
      replies: { 200: z.string().meta({ format: 'binary' }) },
      async handle(call) {
        readQuery(noQuery, call.query);
        const missionId = await openWorkspace(call);
        const path = workspacePathSchema.safeParse(call.params['path']).data;
        const [file] = path === undefined ? [] : await db.workspace.read({ missionId, paths: [path] });
        if (!file) throw new ProblemError('not_found', 'There is no such file in the mission’s workspace.');
        const headers = {
          'Content-Type': contentTypeOf(file.path, file.content),
          'Content-Disposition': attachmentOf(file.path),
        };
        return { status: 200, headers, body: file.content };
      },
    },
  ];
}
