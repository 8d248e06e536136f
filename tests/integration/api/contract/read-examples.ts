import { zstdCompressSync } from 'node:zlib';
import type { Examples } from './example.ts';
import type { World } from './world.ts';

/** Of a log that was read to its end in 1970, as one of its pages had it then. */
const OLD_CURSOR = 'WyJsb2ciLCJbXCIxXCIsXCJtaXNfMDAwMDAwMDAwMDAwNzAwMDAwMDAwMDAwMDAwMDAwMDBcIiwxLDBdIiwiVVdOa3pFIl0';

/** A completed mission with a file in its workspace, and with a tool call. */
async function withRemains({ api, completed }: World): Promise<string> {
  const missionId = await completed();
  await api.sql.query(
    `INSERT INTO workspace_files (mission_id, path, bytes, content_zstd) VALUES ($1, 'notes.bin', 1, $2)`,
    [missionId, zstdCompressSync('x')],
  );
  await api.sql.query(
    `INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input, status, result)
     VALUES ($1, 1, 0, 'c', 'calculator', '{}', 'completed', '4')`,
    [missionId],
  );
  return missionId;
}

/** Of what is only read, and of what is erased. */
export const READ_EXAMPLES: Examples = {
  'GET /v1/missions/{missionId}/files': async (world) => {
    const params = { missionId: await withRemains(world) };
    return [
      { params, answers: 200 },
      { params, query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'GET /v1/missions/{missionId}/files/{path}': async (world) => [
    { params: { missionId: await withRemains(world), path: 'notes.bin' }, answers: 200 },
  ],
  'GET /v1/missions/{missionId}/steps/{step}/tool-calls/{call}/output': async (world) => [
    { params: { missionId: await withRemains(world), step: '1', call: '0' }, answers: 200 },
  ],
  'DELETE /v1/missions/{missionId}': async (world) => [
    { params: { missionId: await world.completed() }, answers: 204 },
    { params: { missionId: await world.running() }, answers: 'mission_not_ended' },
  ],
  'GET /v1/approvals': async (world) => {
    await world.waiting('approval');
    return [
      { query: 'kind=approval,input', answers: 200 },
      { query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'POST /v1/approvals/{askId}/decision': async (world) => {
    const kinds = ['approval', 'approval', 'approval'] as const;
    const [asked, expired, ended] = await Promise.all(kinds.map((kind) => world.waiting(kind)));
    await world.api.sql.query(`UPDATE answers SET expires_at = now() - interval '1 s' WHERE id = $1`, [expired?.askId]);
    await world.api.call('POST', `/v1/missions/${ended?.missionId ?? ''}/cancel`);
    const decide = (ask: typeof asked) => ({ params: { askId: ask?.askId ?? '' }, body: { decision: 'approved' } });
    return [
      { ...decide(asked), answers: 200 },
      { ...decide(asked), answers: 'already_answered' },
      { ...decide(expired), answers: 'ask_expired' },
      { ...decide(ended), answers: 'mission_ended' },
    ];
  },
  'GET /v1/events': () => [
    { query: 'type=mission.completed&limit=1', answers: 200 },
    { query: 'cursor=x', answers: 'invalid_cursor' },
    { query: `cursor=${OLD_CURSOR}`, answers: 'cursor_expired' },
  ],
  'GET /v1/account': () => [{ answers: 200 }],
};
