import type { MissionFilter } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { createFixture, parkFor } from './fixture.ts';

describe('what a filter lets through', () => {
  it('is found in whatever states it asks for, newest first, page by page', async () => {
    await using f = await createFixture();
    const { accountId } = f;
    const queued = await f.newMission({ tags: ['a'] });
    const [running, waiting, failed] = [await f.newRunning(), await f.newRunning(), await f.newRunning()];
    await f.db.lease.leave({ ...waiting, ...parkFor({ step: 1, children: 0 }) });
    await f.db.lease.leave({ ...failed, status: 'failed', code: 'max_steps', message: 'x' });
    const last = await f.newMission({ tags: ['a'] });
    const find = (filter: Omit<MissionFilter, 'accountId'>, limit = 10, before: string | null = null) =>
      f.db.missions.findIds({ accountId, ...filter }, { before, limit });

    const open = ['queued', 'waiting', 'running'] as const;
    const unfinished = [last, waiting.missionId, running.missionId, queued];
    expect(await find({ statuses: open })).toEqual(unfinished);
    expect(await find({ statuses: open }, 2)).toEqual(unfinished.slice(0, 2));
    expect(await find({ statuses: open }, 10, waiting.missionId)).toEqual(unfinished.slice(2));
    expect(await find({ statuses: open, tag: 'a' })).toEqual([last, queued]);
    await f.db.missions.cancel(accountId, running.missionId);
    expect(await find({ statuses: ['running'] })).toEqual([running.missionId]);
    expect(await find({ statuses: ['running'], isUncancelled: true })).toEqual([]);
    expect(await find({ statuses: ['failed'], code: 'max_steps', isUnretried: true })).toEqual([failed.missionId]);
    const stranger = { accountId: 'acc_other', statuses: open };
    expect(await f.db.missions.findIds(stranger, { before: null, limit: 10 })).toEqual([]);
  });
});
