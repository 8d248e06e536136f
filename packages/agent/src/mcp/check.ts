import type { JsonObject } from '@flotilla/core';
import { createSchemaCheck } from '../schema-check/schema-check.ts';

/**
 * Holds arguments against the schema that a server gave for them, as far as it can be understood and costs little: the
 * server judges in the end. The schema is compiled when it is first needed: most tools of a server are never called.
 */
export function createCheck(inputSchema: JsonObject): (input: unknown) => string | null {
  let check: ReturnType<typeof createSchemaCheck> | undefined;
  return (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'The arguments must be an object';
    check ??= createSchemaCheck(inputSchema, { isUnjudged: true });
    const verdict = check(input);
    return verdict.kind === 'invalid' ? verdict.problem : null;
  };
}
