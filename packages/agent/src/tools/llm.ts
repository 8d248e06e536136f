import { GOAL_MAX_CHARS, INSTRUCTIONS_MAX_CHARS, parseModelRef, storableText } from '@flotilla/core';
import { z } from 'zod';
import { defineTool, type RunnableTool } from '../tool.ts';
import type { RunMissionDeps } from './run-mission.ts';

/** A question to another model, or to the small one: no tools, no conversation, one answer. */
export function createLlm({ isModelAllowed }: RunMissionDeps): RunnableTool {
  return defineTool({
    name: 'llm',
    description:
      'Asks a language model one question and returns its answer: to sum up, translate, classify or rewrite a text, or ' +
      'for a second opinion. It sees nothing of this conversation and has no tools. Several calls at once are answered ' +
      'side by side.',
    input: z.strictObject({
      question: storableText(GOAL_MAX_CHARS).describe('All it is to know, the text to work on included'),
      instructions: storableText(INSTRUCTIONS_MAX_CHARS).optional(),
      model: storableText(200).optional().describe('Default: a small one where there is one, or else your own'),
    }),
    // Asked again, a model changes nothing. What a call that was cut off may have cost stays reserved.
    idempotent: true,
    // Unless what was asked may have held a stranger's words, which the loop knows.
    untrusted: false,
    async run({ question, instructions, model }, { askModel }) {
      if (model !== undefined && !(parseModelRef(model) && isModelAllowed(model))) {
        throw new Error(`The model ${JSON.stringify(model)} may not be used here. Nobody was asked.`);
      }
      return askModel({
        text: question,
        ...(instructions !== undefined && { instructions }),
        ...(model !== undefined && { model }),
      });
    },
  });
}
