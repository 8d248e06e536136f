import type { JsonObject } from '@flotilla/core';
import { createRecent } from './recent.ts';
import { createSchemaCheck } from './schema-check/schema-check.ts';

/** An answer held against a mission's `outputSchema`. `problem` is written for the model to mend it. */
export type CheckedOutput = { kind: 'valid'; output: string } | { kind: 'invalid'; problem: string };

/** What a mission's answer has to be. */
export type OutputRule = { schema: JsonObject; instruction: string; check(answer: string): CheckedOutput };

export type OutputRules = { of(outputSchema: JsonObject | undefined): OutputRule | null };

/** Rules kept; one for each version of an agent that has a schema, where a worker plays them over and over. */
const RULES_KEPT_MAX = 500;
const RULES_KEPT_CHARS = 4_000_000;

/**
 * Keeps the rules made last, by the text of their schema: a version of an agent never changes, so nothing is ever out
 * of date, on any worker.
 */
export function createOutputRules(max: number = RULES_KEPT_MAX): OutputRules {
  const kept = createRecent<OutputRule>({ max, maxChars: RULES_KEPT_CHARS });
  return {
    of(outputSchema) {
      return outputSchema ? kept.get(JSON.stringify(outputSchema), () => createOutputRule(outputSchema)) : null;
    },
  };
}

function createOutputRule(outputSchema: JsonObject): OutputRule {
  const check = createSchemaCheck(outputSchema);
  return {
    schema: outputSchema,
    instruction:
      'Your final answer must be JSON and nothing else, no code fence and no text around it, and valid by this ' +
      `JSON Schema:\n${JSON.stringify(outputSchema)}`,
    check(answer) {
      const output = unfenced(answer);
      let value: unknown;
      try {
        value = JSON.parse(output);
      } catch (error) {
        return {
          kind: 'invalid',
          problem: `It is not JSON: ${error instanceof Error ? error.message : String(error)}`,
        };
      }
      const verdict = check(value);
      return verdict.kind === 'valid' ? { kind: 'valid', output } : { kind: 'invalid', problem: verdict.problem };
    },
  };
}

/** What the model is told of an answer that was not valid. */
export function askToMend(problem: string): string {
  return `Your answer is not valid:\n${problem}\nAnswer again, with the whole of it mended: JSON and nothing else.`;
}

/** Models put a fence around JSON whatever they are told; what is in it is meant. */
function unfenced(answer: string): string {
  const text = answer.trim();
  return /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(text)?.[1]?.trim() ?? text;
}
