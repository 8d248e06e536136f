import { monthOf } from '../calendar.ts';
import type { Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';
import { asked } from '../wording.ts';

const LEAP = /^(?:is|was|whether|if|will) (?:the year )?(\d{4}) (?:is |was |be )?a leap year$/i;
const DAYS_IN =
  /^(?:how many days|(?:the )?number of days)(?: are| were| is)?(?: there)?(?: in| does| did)? (?:the year )?([a-z]+ )?(\d{4})(?: have| has)?$/i;

/** Leap years, and the days in a month or year. */
export const year: Skill = {
  name: 'year',
  recognise(task) {
    const text = asked(task);
    const leap = LEAP.exec(text)?.[1];
    if (leap !== undefined) {
      return [
        runJavascript(`String(new Date(Date.UTC(${leap}, 1, 29)).getUTCMonth() === 1)`, (output) => ({
          text: `${leap} is ${output === 'true' ? '' : 'not '}a leap year.`,
          value: output,
        })),
      ];
    }
    const [, name, number] = DAYS_IN.exec(text) ?? [];
    const month = name === undefined ? 0 : monthOf(name.trim().toLowerCase());
    if (number === undefined || (name !== undefined && month === 0)) return null;
    const code =
      month > 0
        ? `String(new Date(Date.UTC(${number}, ${month}, 0)).getUTCDate())`
        : `String((Date.UTC(${Number(number) + 1}, 0) - Date.UTC(${number}, 0)) / 86400000)`;
    const what = month > 0 ? `${name?.trim()} ${number}` : number;
    return [
      runJavascript(code, (output) =>
        /^\d+$/.test(output) ? { text: `There are ${output} days in ${what}.`, value: output } : null,
      ),
    ];
  },
};
