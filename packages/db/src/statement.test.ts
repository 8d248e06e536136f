import { describe, expect, it } from 'vitest';
import { runRepeatedly } from './statement.ts';

function failing(code: string, times: number) {
  let goes = 0;
  const run = async () => {
    goes++;
    if (goes <= times) throw Object.assign(new Error('refused'), { code });
    return 'done';
  };
  return { run, goes: () => goes };
}

describe('a statement or a transaction', () => {
  it.each(['40P01', '40001'])('that Postgres has undone with %s is run again, not without end', async (code) => {
    expect(await runRepeatedly(failing(code, 2).run)).toBe('done');
    await expect(runRepeatedly(failing(code, 100).run)).rejects.toMatchObject({ code });
  });

  it('that fails otherwise is not: it may have been done', async () => {
    const { run, goes } = failing('ECONNRESET', 1);
    await expect(runRepeatedly(run)).rejects.toThrow('cannot be reached');
    expect(goes()).toBe(1);
  });
});
