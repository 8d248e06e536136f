import { z } from 'zod';

const fieldError = z.object({
  path: z.string().describe('A JSON pointer (RFC 6901) into the body, or ?name for a query parameter.'),
  message: z.string(),
});

const about = {
  type: z.string().describe('urn:flotilla:problem: and the code.'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('For programs; docs/codes.md says what to do about each.'),
};

/** What is wrong with one thing of several that a request brought. Some codes bring members of their own. */
export const itemProblemView = z
  .looseObject({ ...about, errors: z.array(fieldError).optional() })
  .meta({ id: 'ItemProblem' });

/** As `toProblem` makes it. */
export const problemView = z
  .looseObject({
    ...about,
    instance: z.string().describe('The path that was asked for.'),
    requestId: z.string().describe('Under which it was logged.'),
    errors: z.array(fieldError).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Some codes bring members of their own, such as missionStatus.' });
