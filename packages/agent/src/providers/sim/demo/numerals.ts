const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES = new Map([
  ['thousand', 1_000],
  ['million', 1_000_000],
  ['billion', 1_000_000_000],
]);
const WORD = [...UNITS, ...TENS, 'hundred', ...SCALES.keys()].join('|');
const RUN = new RegExp(
  `\\b(?:${WORD})(?:(?:\\s|-|(?<=hundred|thousand|million|billion)\\sand\\s)(?:${WORD}))*\\b`,
  'gi',
);
const SCALED = /(\d+(?:\.\d+)?) (hundred|thousand|million|billion)\b/gi;

/** Writes the numbers of a text in digits: `three hundred and five` → `305`, `2.5 million` → `2500000`. */
export function inDigits(text: string): string {
  return text
    .replace(/\ban? (?=hundred|thousand|million|billion)/gi, 'one ')
    .replace(SCALED, (_, figure: string, scale: string) =>
      String(Number(figure) * (SCALES.get(scale.toLowerCase()) ?? 100)),
    )
    .replace(RUN, (run) => numbersIn(run.toLowerCase().split(/[\s-]+/)).join(' '));
}

/** The numbers a run of number words spells; more than one where the words cannot belong together (`two three`). */
function numbersIn(words: string[]): number[] {
  const numbers: number[] = [];
  let total = 0;
  let group = 0;
  let room = Number.POSITIVE_INFINITY;
  let begun = false;
  const flush = () => {
    if (begun) numbers.push(total + group);
    total = 0;
    group = 0;
    room = Number.POSITIVE_INFINITY;
    begun = false;
  };
  for (const word of words) {
    if (word === 'and') continue;
    const scale = SCALES.get(word);
    if (scale !== undefined) {
      total += (group || 1) * scale;
      group = 0;
      room = scale;
    } else if (word === 'hundred') {
      group = (group || 1) * 100;
      room = 100;
    } else {
      const unit = UNITS.indexOf(word);
      const value = unit >= 0 ? unit : (TENS.indexOf(word) + 2) * 10;
      if (value >= room) flush();
      group += value;
      // After "twenty" only one to nine may follow; after a unit, nothing but a scale.
      room = value >= 20 ? 10 : 1;
    }
    begun = true;
  }
  flush();
  return numbers;
}

const ORDINALS = 'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');

/** The number an ordinal stands for: `10th`, `tenth`; `null` when it is none. */
export function fromOrdinal(word: string): number | null {
  const digits = /^(\d{1,6})(?:st|nd|rd|th)$/i.exec(word)?.[1];
  if (digits !== undefined) return Number(digits);
  const index = ORDINALS.indexOf(word.toLowerCase());
  return index > 0 ? index : null;
}

/** A figure as people write it: `12345.6` → `12,345.6`; a long fraction is cut and called about. */
export function inFigures(value: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value.trim());
  if (!match) return value.trim();
  const [, sign = '', whole = '', fraction] = match;
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
  if (fraction === undefined) return sign + grouped;
  if (fraction.length <= 10) return `${sign}${grouped}.${fraction}`;
  const shown = Number(value.trim())
    .toFixed(whole.length > 6 ? 2 : 6)
    .replace(/\.?0+$/, '');
  return `about ${inFigures(shown)}`;
}
