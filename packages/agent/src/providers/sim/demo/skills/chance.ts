import { inDigits } from '../numerals.ts';
import type { Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';

const COIN = /^(?:flip|toss|throw) a coin$|^heads or tails$/i;
const DICE = /^(?:roll|throw) (?:an? |the )?(\d{1,2} )?(?:(?:six|6)-sided )?(?:die|dice)$/i;
const NUMBER =
  /^(?:pick |choose |generate |give me |tell me |draw )?(?:an? )?random (?:number|integer) (?:between|from) (\d{1,9}) (?:and|to) (\d{1,9})$/i;

/** Coins, dice and random numbers, thrown in the sandbox. */
export const chance: Skill = {
  name: 'chance',
  recognise(task) {
    const text = inDigits(task);
    if (COIN.test(text)) {
      return [
        runJavascript("Math.random() < 0.5 ? 'heads' : 'tails'", (output) => ({
          text: `The coin shows ${output}.`,
          value: output,
        })),
      ];
    }
    const dice = DICE.exec(text);
    if (dice) {
      const code = `Array.from({ length: ${Number(dice[1] ?? 1)} }, () => 1 + Math.floor(Math.random() * 6)).join(', ')`;
      return [runJavascript(code, (output) => ({ text: `The dice show ${output}.`, value: output }))];
    }
    const [, from, to] = NUMBER.exec(text) ?? [];
    if (from === undefined || to === undefined || Number(to) < Number(from)) return null;
    const code = `String(${from} + Math.floor(Math.random() * ${Number(to) - Number(from) + 1}))`;
    return [
      runJavascript(code, (output) => ({ text: `A random number from ${from} to ${to}: ${output}.`, value: output })),
    ];
  },
};
