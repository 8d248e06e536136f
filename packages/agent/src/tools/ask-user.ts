import { storableText } from '@flotilla/core';
import { z } from 'zod';
import { defineParkingTool } from '../tool.ts';

/** The mission waits for an answer, as long as it takes: no slot, no process and no connection is held meanwhile. */
export const askUser = defineParkingTool({
  name: 'ask_user',
  description:
    'Asks the person who gave you this task a question and returns the answer. It may take days: ask only what you ' +
    'cannot find out yourself and cannot go on without, everything at once.',
  input: z.strictObject({ question: storableText(10_000).describe('One question, or several, in full sentences') }),
  untrusted: false,
  park: ({ question }) => ({ kind: 'input', request: { question } }),
});
