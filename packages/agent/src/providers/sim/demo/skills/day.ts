import type { Day } from '../calendar.ts';
import { inProse, readDay, WEEKDAYS } from '../calendar.ts';
import { anchorDate, dayCode, fromToday, needsToday } from '../day-code.ts';
import type { Move, Skill } from '../skill.ts';
import { capitalise, runJavascript } from '../skill.ts';
import { asked } from '../wording.ts';

const KIND =
  '(?:(?:day|date)(?: of the week)?|weekday|week day)(?: and (?:the )?(?:date|weekday|day(?: of the week)?))?';
const QUESTIONS: readonly RegExp[] = [
  new RegExp(
    `^(?:on )?(?:what|which) ${KIND} (?:(?:is|was|will|would)(?: it| that)?(?: be)?|it (?:is|was|will be|would be))(?: on)? (.+)$`,
    'i',
  ),
  new RegExp(`^(?:on )?(?:what|which) ${KIND} (?:does|did|will|is|was) (.+?) (?:fall|land|be|on)(?: on)?$`, 'i'),
  new RegExp(`^(?:on )?(?:what|which) ${KIND} (?:comes |falls |lies )?(.+?)(?: (?:is|was|will be))?$`, 'i'),
  new RegExp(`^(?:the )?${KIND}(?: (?:of|on|for|that (?:is|comes|falls)|it (?:is|was|will be)|which is))? (.+)$`, 'i'),
  /^(?:when|what) (?:is|was|will be) (.+)$/i,
];
const POSSESSIVE = /^(tomorrow|yesterday)'s (?:date|weekday|day)$/i;

/** Which weekday and date a day is: `90 days from today`, `4 July 1976`, `next Friday`. */
export const day: Skill = {
  name: 'day',
  recognise(task) {
    const text = asked(task).replace(POSSESSIVE, '$1');
    for (const question of QUESTIONS) {
      const found = readDay(question.exec(text)?.[1] ?? '');
      if (found && !isToday(found)) return [tellDay(found, task)];
    }
    const alone = readDay(text);
    return alone && alone.shifts.length > 0 ? [tellDay(alone, task)] : null;
  },
};

/** Today itself is the clock's to tell. */
function isToday({ anchor, shifts }: Day): boolean {
  return anchor === 'today' && shifts.length === 0;
}

/** A date said in full needs not be said again. */
function isPlainDate({ anchor, shifts, label }: Day): boolean {
  return anchor !== 'today' && anchor.year !== null && shifts.length === 0 && /^\d|\d{4}$/.test(label);
}

function tellDay(found: Day, task: string): Move {
  const tell = (today: string) => {
    const code = `${dayCode('day', anchorDate(found, today), found.shifts)}
const names = ['${WEEKDAYS.join("', '")}'];
names[day.getUTCDay()] + ' ' + day.toISOString().slice(0, 10)`;
    return runJavascript(code, (output) => {
      const [, weekday, date] = /\b(\w+day) (\d{4}-\d{2}-\d{2})/.exec(output) ?? [];
      if (weekday === undefined || date === undefined) return null;
      const verb = /\b(?:was|did|ago|yesterday)\b/i.test(task) ? 'was' : 'is';
      if (found.shifts.some((shift) => 'weekday' in shift)) {
        return { text: `${capitalise(found.label)} ${verb} ${inProse(date)}.`, value: date };
      }
      const when = isPlainDate(found) ? weekday : `${weekday}, ${inProse(date)}`;
      const subject = found.label.replace(/^(?:in|after) (.+?)(?:'s?)?(?: time| from now)?$/i, '$1 from today');
      return { text: `${capitalise(subject)} ${verb} a ${when}.`, value: date };
    });
  };
  return needsToday(found) ? fromToday(tell) : tell('');
}
