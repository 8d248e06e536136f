import type { z } from 'zod';
import { createRedactor } from '../redaction/redactor.ts';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { readText } from './read-text.ts';

const SHOWN_CHARS = 60;

/**
 * Reads the variables a schema names into a frozen object, once, at the top of an app; each may lie in a file that
 * `<name>_FILE` names instead. Absent, empty and blank are the same.
 * @throws {ConfigError} with every fault, what was found and what would be right
 */
export function parseConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<Schema>> {
  const given: Record<string, string> = {};
  const unread = new Map<string, ConfigFault>();
  for (const name of Object.keys(schema.shape)) {
    const text = readText(name, env);
    if (typeof text === 'string') given[name] = text;
    else if (text) unread.set(name, text);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success && unread.size === 0) return freezeDeep(parsed.data);
  const issues = parsed.error?.issues ?? [];
  // One that could not be read is not missing as well.
  const others = issues.filter(({ path: [first] }) => typeof first !== 'string' || !unread.has(first));
  throw new ConfigError([...unread.values(), ...others.map((issue) => describeFault(issue, given))]);
}

function describeFault(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): ConfigFault {
  const message = createRedactor().text(issue.message);
  const [first] = issue.path;
  if (typeof first !== 'string') return { name: '', problem: message };
  const value = given[first];
  if (value === undefined) {
    return { name: first, problem: message.startsWith('must ') ? `is missing; it ${message}` : 'is missing' };
  }
  return { name: first, problem: `${message}; it is ${showValue(first, value)}` };
}

/** A half-typed connection string has no shape left to recognise its password by, so that an @ is reason enough. */
function showValue(name: string, value: string): string {
  if (/key|secret|token|pass|credential|auth|cookie|dsn/i.test(name) || value.includes('@')) {
    return `not shown (${value.length} characters)`;
  }
  const clean = createRedactor().text(value);
  return JSON.stringify(clean.length > SHOWN_CHARS ? `${clean.slice(0, SHOWN_CHARS)}…` : clean);
}

function freezeDeep<T>(value: T): T {
  if (Array.isArray(value) || isPlainObject(value)) {
    for (const inner of Object.values(value)) freezeDeep(inner);
    Object.freeze(value);
  }
  return value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
