import { parseArgs } from 'node:util';
import {
  ACCOUNT_NAME,
  isTier,
  MAX_QUEUED_MAX,
  MAX_RUNNING_MAX,
  POOL_NAME,
  SCOPES,
  type Scope,
  TIERS,
  type Tier,
} from '@flotilla/core';

/** What somebody asked for. */
export type Command =
  | { kind: 'help' }
  | { kind: 'migrate'; json: boolean }
  | { kind: 'audit'; json: boolean }
  | { kind: 'create-account'; json: boolean; name: string; tier: Tier; maxRunning: number; maxQueued: number }
  | { kind: 'set-limits'; json: boolean; account: string; maxRunning: number | null; maxQueued: number | null }
  | { kind: 'create-key'; json: boolean; account: string; name: string; scopes: Scope[] }
  | { kind: 'create-pool'; json: boolean; name: string }
  | { kind: 'list-pools'; json: boolean }
  | { kind: 'reseal'; json: boolean };

/** The request cannot be carried out as it was typed; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const COMMANDS = {
  migrate: {},
  audit: {},
  'create-account': {
    name: { type: 'string' },
    tier: { type: 'string' },
    'max-running': { type: 'string' },
    'max-queued': { type: 'string' },
  },
  'set-limits': { account: { type: 'string' }, 'max-running': { type: 'string' }, 'max-queued': { type: 'string' } },
  'create-key': { account: { type: 'string' }, name: { type: 'string' }, scopes: { type: 'string' } },
  'create-pool': { name: { type: 'string' } },
  'list-pools': {},
  reseal: {},
} as const;

const COMMON = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): Command {
  const [name = 'help', ...rest] = args;
  if (['help', '--help', '-h'].includes(name)) return { kind: 'help' };
  if (!isCommand(name)) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  const values = readOptions(name, rest);
  const json = values['json'] === true;
  if (values['help'] === true) return { kind: 'help' };
  switch (name) {
    case 'migrate':
    case 'audit':
    case 'list-pools':
    case 'reseal':
      return { kind: name, json };
    case 'create-account': {
      const tier = readTier(values['tier'] ?? 'free');
      const maxRunning = readCount('max-running', values['max-running'], MAX_RUNNING_MAX) ?? TIERS[tier].maxRunning;
      const maxQueued = readCount('max-queued', values['max-queued'], MAX_QUEUED_MAX) ?? TIERS[tier].maxQueued;
      return { kind: 'create-account', json, name: readName(values['name']), tier, maxRunning, maxQueued };
    }
    case 'set-limits': {
      const maxRunning = readCount('max-running', values['max-running'], MAX_RUNNING_MAX);
      const maxQueued = readCount('max-queued', values['max-queued'], MAX_QUEUED_MAX);
      if (maxRunning === null && maxQueued === null) throw new UsageError('--max-running or --max-queued is needed');
      return { kind: 'set-limits', json, account: readAccount(values['account']), maxRunning, maxQueued };
    }
    case 'create-key': {
      const { scopes } = values;
      const account = readAccount(values['account']);
      const keyName = values['name'] === undefined ? 'default' : readName(values['name']);
      return { kind: 'create-key', json, account, name: keyName, scopes: readScopes(scopes) };
    }
    case 'create-pool':
      return { kind: 'create-pool', json, name: readPoolName(values['name']) };
  }
}

function isCommand(name: string): name is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, name);
}

function readOptions(name: keyof typeof COMMANDS, args: string[]): Record<string, unknown> {
  try {
    return parseArgs({ args, options: { ...COMMON, ...COMMANDS[name] }, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readName(value: unknown): string {
  if (typeof value !== 'string') throw new UsageError('--name is needed');
  if (!ACCOUNT_NAME.test(value)) {
    throw new UsageError(
      '--name must be 1 to 100 printable characters, no blanks around them, and must not look like an id',
    );
  }
  return value;
}

function readAccount(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError('--account is needed: a name or an id');
}

function readTier(value: unknown): Tier {
  if (isTier(value)) return value;
  throw new UsageError('--tier must be free or paid');
}

function readPoolName(value: unknown): string {
  if (typeof value === 'string' && POOL_NAME.test(value)) return value;
  throw new UsageError('--name is needed: 1 to 63 small letters, digits and hyphens, no hyphen in front');
}

function readCount(option: string, value: unknown, max: number): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > max) throw new UsageError(`--${option} must be a whole number from 1 to ${max}`);
  return number;
}

function readScopes(value: unknown): Scope[] {
  if (value === undefined) return [...SCOPES];
  const named = typeof value === 'string' ? value.split(',').map((scope) => scope.trim()) : [];
  const scopes = SCOPES.filter((scope) => named.includes(scope));
  if (scopes.length === 0 || named.some((name) => !scopes.some((scope) => scope === name))) {
    throw new UsageError(`--scopes must be some of ${SCOPES.join(', ')}`);
  }
  return scopes;
}
