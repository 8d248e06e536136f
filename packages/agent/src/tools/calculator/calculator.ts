import { z } from 'zod';
import { defineTool } from '../../tool.ts';
import { evaluate } from './evaluate.ts';
import { CONSTANTS, FUNCTIONS } from './functions.ts';
import { formatQuantity } from './quantity.ts';

/** Arithmetic by a parser of its own: exact for whole numbers and decimal fractions, and no way to run anything. */
export const calculator = defineTool({
  name: 'calculator',
  description:
    'Works out an arithmetic expression, exactly for whole numbers and decimals. Operators: + - * / ^ (power), ' +
    '% (remainder, not per cent), parentheses. Angles are in radians; log is to base 10; round(x, places). ' +
    `Constants: ${[...CONSTANTS.keys()].join(', ')}. Functions: ${[...FUNCTIONS.keys()].join(', ')}.`,
  input: z.strictObject({
    expression: z.string().min(1).max(2_000).describe('For example: (12.5 + 7) * 3^2 / sqrt(16)'),
  }),
  idempotent: true,
  untrusted: false,
  async run({ expression }) {
    return formatQuantity(evaluate(expression));
  },
});
