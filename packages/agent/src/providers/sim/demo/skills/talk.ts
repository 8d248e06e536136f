import { ABILITIES } from '../abilities.ts';
import type { Skill } from '../skill.ts';

const GREETING = /^(?:hi|hello|hey|good (?:morning|day|afternoon|evening)|howdy|greetings)(?: there| world)?$/i;
const WHO =
  /^(?:who|what) are you$|^what (?:model|llm)(?: are you| is this)$|^are you (?:a |an )?(?:real |human|ai|llm|simulator|language model|robot|bot|person)[\w ]*$|^introduce yourself$/i;
const HELP =
  /^(?:help|what can you do|what (?:do|can) you (?:do|help(?: me)? with)|how can you help(?: me)?|what are your (?:abilities|skills|capabilities))$/i;
const ECHO =
  /^(?:say|print|write|output|repeat|echo|reply|respond|answer|return)(?: back)?(?: with)?(?: (?:exactly|only|just|the (?:words?|text|phrase|string)|this))*:? (?:"([^"]+)"|'([^']+)'|“([^”]+)”|`([^`]+)`)$/i;
const ECHO_WORD =
  /^(?:say|echo|(?:reply|respond|answer) with(?: exactly| only| just| the words?)*):? ([\p{L}\d!-]{1,40}(?: world| there)?)$/iu;

/** What needs no tool: greetings, what it is, and saying what it is told to say. */
export const talk: Skill = {
  name: 'talk',
  recognise(task) {
    if (GREETING.test(task)) return [{ text: 'Hello!', value: null }];
    if (WHO.test(task)) {
      return [{ text: 'I am sim/demo, a simulator that stands in for a language model.', value: null }];
    }
    if (HELP.test(task)) return [{ text: `I can do ${ABILITIES}.`, value: null }];
    const told =
      ECHO.exec(task)
        ?.slice(1)
        .find((part) => part !== undefined) ?? ECHO_WORD.exec(task)?.[1];
    return told === undefined ? null : [{ text: told, value: told }];
  },
};
