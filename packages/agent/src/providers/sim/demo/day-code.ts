import type { Day, Shift } from './calendar.ts';
import { isoOf } from './calendar.ts';
import type { Finding, Move } from './skill.ts';
import { CURRENT_TIME, JAVASCRIPT } from './skill.ts';

/**
 * Finds out what day it is, with the tool: the simulator has no clock of its own, and a step that is repeated by
 * another worker goes on from the recorded result. `next` is given the date as `2026-11-20`.
 */
export function fromToday(next: (today: string) => Finding | Move | null): Move {
  const read = (output: string) => {
    const today = /\b\d{4}-\d{2}-\d{2}(?!\d)/.exec(output)?.[0];
    return today === undefined ? null : next(today);
  };
  return {
    tool: CURRENT_TIME,
    input: {},
    read,
    otherwise: { tool: JAVASCRIPT, input: { code: 'new Date().toISOString()' }, read },
  };
}

/** Whether a day cannot be told without knowing today. */
export function needsToday({ anchor }: Day): boolean {
  return anchor === 'today' || anchor.year === null;
}

/**
 * The date a day is counted from. One without a year is the one of this year, or the nearest in the direction asked for.
 */
export function anchorDate(
  { anchor }: Day,
  today: string,
  nearest: 'this_year' | 'ahead' | 'past' = 'this_year',
): string {
  if (anchor === 'today') return today;
  if (anchor.year !== null) return isoOf(anchor.year, anchor);
  const year = Number(today.slice(0, 4));
  const date = isoOf(year, anchor);
  if (nearest === 'ahead' && date < today) return isoOf(year + 1, anchor);
  return nearest === 'past' && date > today ? isoOf(year - 1, anchor) : date;
}

/** JavaScript that leaves the day in a constant of that name. */
export function dayCode(name: string, anchor: string, shifts: readonly Shift[]): string {
  return [`const ${name} = new Date('${anchor}T00:00:00Z');`, ...shifts.map((shift) => shiftCode(name, shift))].join(
    '\n',
  );
}

function shiftCode(name: string, shift: Shift): string {
  if ('weekday' in shift) {
    const { weekday, which } = shift;
    const ahead = `(${weekday} - ${name}.getUTCDay() + 7) % 7`;
    const back = `(${name}.getUTCDay() - ${weekday} + 7) % 7`;
    const move = { next: `+ (${ahead} || 7)`, this: `+ ${ahead}`, last: `- (${back} || 7)` }[which];
    return `${name}.setUTCDate(${name}.getUTCDate() ${move});`;
  }
  const by = shift.count < 0 ? `- ${-shift.count}` : `+ ${shift.count}`;
  if (shift.unit === 'days') return `${name}.setUTCDate(${name}.getUTCDate() ${by});`;
  // A month after 31 January is the last of February, not the third of March.
  return [
    `const ${name}Day = ${name}.getUTCDate();`,
    `${name}.setUTCMonth(${name}.getUTCMonth() ${by});`,
    `if (${name}.getUTCDate() !== ${name}Day) ${name}.setUTCDate(0);`,
  ].join('\n');
}
