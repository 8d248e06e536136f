import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FAILURE_CODES, REQUEST_CODES, STATUS_CODES } from './error-codes.ts';

it('every code is documented, and nothing is documented that is no code', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/codes.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]);
  const codes = [...Object.keys(REQUEST_CODES), ...Object.keys(FAILURE_CODES), ...STATUS_CODES];
  expect(new Set(documented)).toEqual(new Set(codes));
  expect(documented).toHaveLength(codes.length);
});
