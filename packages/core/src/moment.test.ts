import { describe, expect, it } from 'vitest';
import { momentSchema } from './moment.ts';

describe('momentSchema', () => {
  it.each(['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.123+02:00', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'takes %s',
    (text) => {
      expect(momentSchema.parse(text)).toEqual(new Date(text));
    },
  );

  // Postgres stores the last two, and answers with what no client reads.
  it.each([
    '2026-01-31',
    '2026-01-31T08:00:00',
    '2026-02-30T08:00:00Z',
    '1969-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-14:00',
    '+275760-09-13T00:00:00Z',
  ])('refuses %s', (text) => {
    expect(momentSchema.safeParse(text).success).toBe(false);
  });
});
