import { z } from 'zod';

/** Several of some values in one query parameter, comma-separated; each counts once. */
export function listParameter<Value extends string>(values: readonly Value[]) {
  const error = `must be one or several of ${values.join(', ')}, comma-separated`;
  return z
    .string()
    .transform((text, context): Value[] => {
      const named = [...new Set(text.split(','))];
      const known = named.flatMap((name) => values.find((value) => value === name) ?? []);
      if (known.length === named.length) return known;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ type: 'string', examples: [values.slice(0, 2).join(',')] });
}
