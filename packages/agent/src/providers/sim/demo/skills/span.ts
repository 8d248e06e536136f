import type { Day } from '../calendar.ts';
import { inProse, readDay } from '../calendar.ts';
import { anchorDate, dayCode, fromToday, needsToday } from '../day-code.ts';
import { inFigures } from '../numerals.ts';
import type { Finding, Move, Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';
import { asked } from '../wording.ts';

type Unit = 'day' | 'week' | 'month' | 'year' | 'hour' | 'minute';
type Span = { unit: Unit; from: Day; to: Day; wording: 'until' | 'since' | 'between' };

const MANY = '(?:how many |(?:the )?(?:number|amount) of |the )?(days|weeks|months|years|hours|minutes)';
const FILLER =
  '(?: (?:are|is|were|was|have|has|do|does|we|there|it|been|left|remaining|remain|to go|passed|gone by|elapsed|lie))*';
const UNTIL = new RegExp(`^(?:${MANY}${FILLER}|how long(?: is it)?) (?:until|till|til|to|before) (.+)$`, 'i');
const SINCE = new RegExp(`^(?:${MANY}${FILLER}|how long(?: has it been| is it)?) since (.+)$`, 'i');
const BETWEEN = new RegExp(
  `^(?:${MANY}${FILLER}|how long(?: is it)?) (?:between|from) (.+?) (?:and|to|until|till) (.+)$`,
  'i',
);
const OLD = /^how old is (?:someone|somebody|a person|anyone)(?: who was)? born on (.+)$/i;

/** How long it is between two days, the first not counted. */
export const span: Skill = {
  name: 'span',
  recognise(task) {
    const found = readSpan(asked(task));
    return found ? [countSpan(found)] : null;
  },
};

function readSpan(text: string): Span | null {
  const today: Day = { label: 'today', anchor: 'today', shifts: [] };
  const between = BETWEEN.exec(text);
  const from = between && readDay(between[2] ?? '');
  const to = between && readDay(between[3] ?? '');
  if (from && to) return { unit: unitOf(between[1]), from, to, wording: 'between' };

  const until = UNTIL.exec(text);
  const target = until && readDay(until[2] ?? '');
  if (target) return { unit: unitOf(until[1]), from: today, to: target, wording: 'until' };

  const since = SINCE.exec(text);
  const start = since && readDay(since[2] ?? '');
  if (start) return { unit: unitOf(since[1]), from: start, to: today, wording: 'since' };

  const birth = readDay(OLD.exec(text)?.[1] ?? '');
  return birth && { unit: 'year', from: birth, to: today, wording: 'since' };
}

function unitOf(word = 'days'): Unit {
  const unit = word.toLowerCase().replace(/s$/, '');
  return unit === 'week' || unit === 'month' || unit === 'year' || unit === 'hour' || unit === 'minute' ? unit : 'day';
}

function countSpan(asking: Span): Move {
  const { from, to, unit, wording } = asking;
  const count = (today: string) => {
    const fromDate = anchorDate(from, today, wording === 'since' ? 'past' : 'this_year');
    const toDate = anchorDate(to, today, wording === 'until' ? 'ahead' : 'this_year');
    const days = [dayCode('from', fromDate, from.shifts), dayCode('to', toDate, to.shifts)].join('\n');
    const code = unit === 'month' || unit === 'year' ? `${days}\n${MONTHS_CODE}` : `${days}\n(to - from) / 86400000`;
    return runJavascript(code, (output) => phrase(asking, Number(output), { fromDate, toDate }));
  };
  return needsToday(from) || needsToday(to) ? fromToday(count) : count('');
}

const MONTHS_CODE = `const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
to.getUTCDate() < from.getUTCDate() ? months - 1 : months`;

function phrase(asking: Span, counted: number, dates: { fromDate: string; toDate: string }): Finding | null {
  if (!Number.isInteger(counted)) return null;
  const { amount, value } = amountOf(asking.unit, Math.abs(counted));
  const be = /^1 \w+$/.test(amount) ? 'is' : 'are';
  const from = asking.from.shifts.length > 0 ? asking.from.label : nameOf(asking.from, dates.fromDate);
  const to = asking.to.shifts.length > 0 ? asking.to.label : nameOf(asking.to, dates.toDate);
  if (asking.wording === 'between') return { text: `There ${be} ${amount} between ${from} and ${to}.`, value };
  const isPast = asking.wording === 'since' || counted < 0;
  const other = asking.wording === 'since' ? from : to;
  const text = isPast ? `It is ${amount} since ${other}.` : `There ${be} ${amount} from today until ${other}.`;
  return { text, value };
}

/** `Christmas (25 December 2026)`; a date that was given as one is not said twice. */
function nameOf({ label, anchor }: Day, date: string): string {
  if (anchor === 'today') return `today (${inProse(date)})`;
  return anchor.year === null ? `${label} (${inProse(date)})` : inProse(date);
}

function amountOf(unit: Unit, counted: number): { amount: string; value: string } {
  const many = (count: number, one: string) => `${inFigures(String(count))} ${one}${count === 1 ? '' : 's'}`;
  switch (unit) {
    case 'week': {
      const weeks = Math.floor(counted / 7);
      const rest = counted % 7;
      return {
        amount: rest === 0 ? many(weeks, 'week') : `${many(weeks, 'week')} and ${many(rest, 'day')}`,
        value: String(weeks),
      };
    }
    case 'year':
      return { amount: many(Math.floor(counted / 12), 'year'), value: String(Math.floor(counted / 12)) };
    case 'hour':
      return { amount: many(counted * 24, 'hour'), value: String(counted * 24) };
    case 'minute':
      return { amount: many(counted * 1_440, 'minute'), value: String(counted * 1_440) };
    case 'day':
    case 'month':
      return { amount: many(counted, unit), value: String(counted) };
  }
}
