import { parse } from 'yaml';
import { z } from 'zod';

/** What prometheus-adapter reads of an external rule; everything else it passes over without a word. */
const rules = z.strictObject({
  externalRules: z.array(
    z.strictObject({
      seriesQuery: z.string().regex(/^\w+\{[^{}]*\}$/),
      resources: z.strictObject({ namespaced: z.literal(false) }),
      name: z.strictObject({ as: z.string() }),
      // Every instance tells the same number: a sum would multiply it.
      metricsQuery: z.literal('max by (pool) (<<.Series>>{<<.LabelMatchers>>})'),
    }),
  ),
});

/**
 * By the name under which it is served to autoscalers: the series that a rule of prometheus-adapter is about.
 * @throws {Error} for rules that are not of the form that is known to work
 */
export function readAdapterSeries(text: string): Map<string, string> {
  const { externalRules } = rules.parse(parse(text));
  return new Map(externalRules.map(({ name, seriesQuery }) => [name.as, seriesQuery.replace(/\{.*$/, '')]));
}
