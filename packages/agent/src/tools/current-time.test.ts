import { expect, test } from 'vitest';
import { createToolContext } from '../testing/tool-context.ts';
import { createCurrentTime } from './current-time.ts';

const context = createToolContext();
const currentTime = createCurrentTime({ now: () => new Date('2026-11-20T23:30:05Z') });

test.each([
  [{}, '2026-11-20T23:30:05+00:00 (Friday, UTC)'],
  [{ timeZone: 'Asia/Kolkata' }, '2026-11-21T05:00:05+05:30 (Saturday, Asia/Kolkata)'],
  [{ timeZone: 'America/New_York' }, '2026-11-20T18:30:05-05:00 (Friday, America/New_York)'],
])('tells date, time, offset and weekday for %o', async (input, expected) => {
  expect(await currentTime.run(input, context)).toBe(expected);
});

test('the time it tells is one that can be parsed back', async () => {
  const told = await currentTime.run({ timeZone: 'Europe/Berlin' }, context);
  expect(new Date(told.split(' ')[0] ?? '').toISOString()).toBe('2026-11-20T23:30:05.000Z');
});

test('a time zone that does not exist is refused with an example of one that does', () => {
  expect(currentTime.check({ timeZone: 'Mars/Olympus' })).toMatch(/Europe\/Berlin/);
});
