import { fromOrdinal, inDigits } from './numerals.ts';

/** A day as it was put in words: a place to start from, and ways to go from there. `year: null`: not said. */
export type Day = { label: string; anchor: 'today' | CalendarDate; shifts: Shift[] };
export type CalendarDate = { year: number | null; month: number; day: number };
export type Shift = { unit: 'days' | 'months'; count: number } | { weekday: number; which: 'next' | 'this' | 'last' };

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
export const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const NAMED: readonly [RegExp, CalendarDate][] = [
  [/^christmas eve|^xmas eve/, { year: null, month: 12, day: 24 }],
  [/^christmas(?: day)?|^xmas/, { year: null, month: 12, day: 25 }],
  [/^boxing day/, { year: null, month: 12, day: 26 }],
  [/^new year'?s? eve|^the end of the year/, { year: null, month: 12, day: 31 }],
  [/^new year(?:'?s)?(?: day)?/, { year: null, month: 1, day: 1 }],
  [/^valentine'?s(?: day)?/, { year: null, month: 2, day: 14 }],
  [/^halloween/, { year: null, month: 10, day: 31 }],
];
const DAYS_IN: Record<string, Shift> = {
  day: { unit: 'days', count: 1 },
  week: { unit: 'days', count: 7 },
  fortnight: { unit: 'days', count: 14 },
  month: { unit: 'months', count: 1 },
  year: { unit: 'months', count: 12 },
  decade: { unit: 'months', count: 120 },
};
const NEAR: Record<string, number> = {
  today: 0,
  now: 0,
  'right now': 0,
  'this day': 0,
  tomorrow: 1,
  'the day after tomorrow': 2,
  yesterday: -1,
  'the day before yesterday': -2,
};
const AMOUNT = '(?:\\d{1,6}|an?) (?:day|week|fortnight|month|year|decade)s?';
const AMOUNTS = `((?:exactly )?${AMOUNT}(?:(?:,? and |, )${AMOUNT}){0,3})`;
const FROM = new RegExp(`^(?:in )?${AMOUNTS} (from|after|following|later than|before|prior to|earlier than) (.+)$`);
const AHEAD = new RegExp(
  `^(?:in |after )${AMOUNTS}(?:'?s?'? time|(?: from)? now)?$|^${AMOUNTS} (?:hence|later|from now)$`,
);
const AGO = new RegExp(`^${AMOUNTS} (?:ago|earlier)$`);

/** Reads a day in words (`90 days from today`, `4 July 1976`, `Christmas`); `null` when it is none it knows. */
export function readDay(words: string, depth = 0): Day | null {
  const text = inDigits(words.trim().toLowerCase())
    .replace(/^(?:on|the date) /, '')
    .replace(/ \(today\)$/, '');
  const label = words.trim().replace(/^on /i, '');
  if (depth > 3 || text === '') return null;

  const [, fromAmounts, direction, base] = FROM.exec(text) ?? [];
  if (fromAmounts !== undefined && direction !== undefined && base !== undefined) {
    const inner = readDay(base, depth + 1);
    return (
      inner && { ...inner, label, shifts: [...inner.shifts, ...shiftsOf(fromAmounts, isBack(direction) ? -1 : 1)] }
    );
  }
  const ahead = AHEAD.exec(text);
  if (ahead) return { label, anchor: 'today', shifts: shiftsOf(ahead[1] ?? ahead[2] ?? '', 1) };
  const ago = AGO.exec(text)?.[1];
  if (ago !== undefined) return { label, anchor: 'today', shifts: shiftsOf(ago, -1) };

  const near = Object.hasOwn(NEAR, text) ? NEAR[text] : undefined;
  if (near !== undefined) return { label, anchor: 'today', shifts: near === 0 ? [] : [{ unit: 'days', count: near }] };
  return readWeekday(text, label) ?? readNamed(text, label) ?? readDate(text, label);
}

function isBack(direction: string): boolean {
  return direction === 'before' || direction.startsWith('prior') || direction.startsWith('earlier');
}

function shiftsOf(amounts: string, sign: 1 | -1): Shift[] {
  return [...amounts.matchAll(/(\d+|an?) ([a-z]+?)s?\b/g)].flatMap(([, count = '', unit = '']) => {
    const one = DAYS_IN[unit];
    return one && 'unit' in one
      ? [{ unit: one.unit, count: sign * one.count * (Number(count) || (count === '0' ? 0 : 1)) }]
      : [];
  });
}

function readWeekday(text: string, label: string): Day | null {
  const [, which, name] = /^(next|this|this coming|coming|last) ([a-z]+day)$/.exec(text) ?? [];
  const weekday = WEEKDAYS.findIndex((day) => day.toLowerCase() === name);
  if (weekday < 0) return null;
  return {
    label,
    anchor: 'today',
    shifts: [{ weekday, which: which === 'last' || which === 'this' ? which : 'next' }],
  };
}

function readNamed(text: string, label: string): Day | null {
  for (const [name, date] of NAMED) {
    const found = name.exec(text)?.[0];
    if (found === undefined) continue;
    const rest = text.slice(found.length).trim();
    if (rest === '' || rest === 'this year') return { label, anchor: date, shifts: [] };
    if (/^(?:of |in )?\d{4}$/.test(rest)) {
      return { label, anchor: { ...date, year: Number(rest.slice(-4)) }, shifts: [] };
    }
  }
  return null;
}

function readDate(text: string, label: string): Day | null {
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (isoYear !== undefined) {
    return dayOn(label, { year: Number(isoYear), month: Number(isoMonth), day: Number(isoDay) });
  }
  const clean = text
    .replace(/^(?:the|(?:sun|mon|tues|wednes|thurs|fri|satur)day,?) /, '')
    .replaceAll(',', ' ')
    .replace(/\bof\b/g, ' ');
  const words = clean.split(/\s+/).filter((word) => word !== 'the' && word !== '');
  if (words.length < 2 || words.length > 3) return null;
  const [first = '', second = '', year] = words;
  const monthFirst = monthOf(first);
  const month = monthFirst > 0 ? monthFirst : monthOf(second);
  const dayWord = monthFirst > 0 ? second : first;
  const day = /^\d{1,2}$/.test(dayWord) ? Number(dayWord) : fromOrdinal(dayWord);
  if (month === 0 || day === null || (year !== undefined && !/^\d{4}$/.test(year))) return null;
  return dayOn(label, { year: year === undefined ? null : Number(year), month, day });
}

/** 1 to 12; 0 for a word that is no month. */
export function monthOf(word: string): number {
  if (word.length < 3) return 0;
  return MONTHS.findIndex((month) => month.toLowerCase().startsWith(word.replace(/\.$/, ''))) + 1;
}

/** `null` for a day that is not in the calendar, such as 30 February. */
function dayOn(label: string, anchor: CalendarDate): Day | null {
  const { year, month, day } = anchor;
  const date = new Date(Date.UTC(year ?? 2024, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return { label, anchor, shifts: [] };
}

/** `2027-02-18` → `18 February 2027`. */
export function inProse(isoDate: string): string {
  const [year, month, day] = isoDate.split('-').map(Number);
  return `${day} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}

export function isoOf(year: number, { month, day }: CalendarDate): string {
  const pad = (value: number, length: number) => String(value).padStart(length, '0');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}
