import { inProse, WEEKDAYS } from '../calendar.ts';
import { timeZoneOf } from '../places.ts';
import type { Finding, Move, Skill } from '../skill.ts';
import { CURRENT_TIME, JAVASCRIPT } from '../skill.ts';
import { asked } from '../wording.ts';

const WHERE = "(?: (?:in|at|for) (?:the )?([\\p{L}/_.' ,-]+?))?(?: (?:right )?now| at the moment| today| currently)?";
const TIME = new RegExp(
  `^(?:what(?:'s| is)? )?(?:the )?(?:(?:current|local|present|exact) )*time(?: is it| it is| is)?(?: now| right now)?${WHERE}$`,
  'iu',
);
const DAY = new RegExp(
  `^(?:(?:what|which) )?(?:the )?(?:(?:current|present) )?(?:(?:today's )?(?:day|date|weekday)(?: of the week)?|date and (?:the )?time|time and (?:the )?date|(day|date|weekday)(?: of the week)? today)(?: (?:is it|it is|is today|today is|is))?(?: today| now)?${WHERE}$`,
  'iu',
);
const TODAY = /^(?:today(?:'s (?:date|day|weekday))?|(?:the )?date(?: of)? today|date|day of the week|weekday)$/i;
const PART =
  /^(?:(?:what|which) )?(?:the )?(?:current |present )?(year|month)(?: is it| it is| is this| are we in)?(?: now| right now)?$/i;

type Reading = { date: string; time: string; weekday: string };
type Tell = (reading: Reading, where: string) => Finding;

/** What time or day it is, here in UTC or in a place. */
export const clock: Skill = {
  name: 'clock',
  recognise(task) {
    const text = asked(task);
    const part = PART.exec(text)?.[1]?.toLowerCase();
    if (part !== undefined) return [readClock(null, part === 'year' ? tellYear : tellMonth)];
    if (TODAY.test(text) || TODAY.test(task)) return [readClock(null, tellDay)];
    const time = TIME.exec(text);
    const day = time ? null : DAY.exec(text);
    if (!time && !day) return null;
    const tellDate = /\btime\b/i.test(text) ? tellBoth : tellDay;
    const tell = time ? tellTime : tellDate;
    const places = (time?.[1] ?? day?.[2])?.split(/(?:,? and |, )(?:(?:in|at) )?/) ?? [];
    if (places.length > 8 || !places.every((place) => isPlace(place, places.length > 1))) return null;
    return places.length === 0 ? [readClock(null, tell)] : places.map((place) => readClock(place, tell));
  },
};

/** One unknown place is told as such; among several, or in a longer wording, it is more likely another task. */
function isPlace(place: string, isOneOfSeveral: boolean): boolean {
  return timeZoneOf(place) !== null || (!isOneOfSeveral && place.split(' ').length <= 3);
}

function readClock(place: string | null, tell: Tell): Move | Finding {
  const zone = place === null ? 'UTC' : timeZoneOf(place);
  if (zone === null) return { text: `I do not know the time zone of ${place}.`, value: null };
  const where = place === null || zone === 'UTC' ? '' : ` in ${place}`;
  const read = (output: string) => {
    const [, date, time] = /\b(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(output) ?? [];
    if (date === undefined || time === undefined) return null;
    // The weekday of a date that has been read is no news about today.
    return tell({ date, time, weekday: WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? '' }, where);
  };
  const move = { tool: CURRENT_TIME, input: place === null ? {} : { timeZone: zone }, read };
  // The sandbox knows no time zones, only UTC.
  return zone === 'UTC'
    ? { ...move, otherwise: { tool: JAVASCRIPT, input: { code: 'new Date().toISOString()' }, read } }
    : move;
}

function tellTime({ time, weekday, date }: Reading, where: string): Finding {
  return { text: `It is ${time}${where || ' UTC'} (${weekday}, ${inProse(date)}).`, value: time };
}

function tellDay({ weekday, date }: Reading, where: string): Finding {
  return { text: `Today${where} is ${weekday}, ${inProse(date)}.`, value: date };
}

function tellBoth({ weekday, date, time }: Reading, where: string): Finding {
  return { text: `It is ${weekday}, ${inProse(date)}, ${time}${where || ' UTC'}.`, value: date };
}

function tellYear({ date }: Reading): Finding {
  return { text: `It is the year ${date.slice(0, 4)}.`, value: date.slice(0, 4) };
}

function tellMonth({ date }: Reading): Finding {
  const month = inProse(date).split(' ').slice(1).join(' ');
  return { text: `It is ${month}.`, value: month };
}
