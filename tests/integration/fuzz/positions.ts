import fc from 'fast-check';
import { DATES, STRINGS } from './hostile.ts';

const ID = '0'.repeat(32);

const text = fc.oneof(
  fc.constantFrom(...STRINGS.filter(({ length }) => length <= 1_200)),
  fc.string({ unit: 'binary' }),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, 2_147_483_647, 2_147_483_648, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER),
  fc.nat(),
);
/** Like those of the log, of the usage, and of no list at all. */
const places = fc.oneof(
  fc.tuple(
    fc.constantFrom('0', '9'.repeat(18), '9'.repeat(19)),
    fc.constantFrom(`mis_${ID}`, 'mis_'),
    number,
    fc.oneof(number, fc.constant(null)),
  ),
  fc.tuple(fc.constantFrom(...DATES), fc.constantFrom('', `agt_${ID}`), text),
  fc.array(fc.oneof(text, number), { maxLength: 5 }),
);

/** What whoever knows how a cursor is sealed can have it say. */
export const positions: fc.Arbitrary<string | number> = fc.oneof(
  text,
  number,
  places.map((place) => JSON.stringify(place)),
  fc.constantFrom('mis', 'ses', 'whe', 'dlv', 'ans', 'key').map((prefix) => `${prefix}_${ID}`),
);
