import type { JsonObject } from '@flotilla/core';
import type { Skill } from '../skill.ts';

const CALL = /^(?:call|invoke)(?: the tool)? [`'"]?([\w-]{1,64})[`'"]? with (\{.*\})$/is;
const SHOWN_CHARS = 400;

/** Any tool the mission has, by its name and arguments: to try tools of one's own, and approvals, without a model. */
export const call: Skill = {
  name: 'call',
  recognise(task) {
    const [, tool, given] = CALL.exec(task) ?? [];
    const input = given === undefined ? null : readObject(given);
    if (tool === undefined || input === null) return null;
    const read = (output: string) => {
      const answer = output.trim().slice(0, SHOWN_CHARS);
      return { text: `${tool} answered: ${answer === '' ? 'nothing' : answer}.`, value: answer === '' ? null : answer };
    };
    return [{ tool, input, read }];
  },
};

function readObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Of what came out of JSON. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
