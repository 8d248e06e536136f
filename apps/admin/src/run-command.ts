import { randomBytes } from 'node:crypto';
import { createDatabase, type Database } from '@flotilla/db';
import { deployMigrations } from '@flotilla/db/migrate';
import { createSecretBox, UnknownKeyError } from '@flotilla/platform';
import { type Command, UsageError } from './command-line.ts';
import { readDatabaseConfig, readEncryptionKeys } from './config.ts';
import { USAGE } from './usage.ts';

/** What to print: `fields` for programs, `text` for people. `failed`: it was carried out, and what it found is bad. */
export type Result = { fields: Readonly<Record<string, unknown>>; text: string; failed?: boolean };

const TIMEOUT_MS = 10_000;
/** It reads whole tables. */
const AUDIT_TIMEOUT_MS = 1_800_000;

/** @throws {UsageError} {ConfigError} {DatabaseUnavailableError} {MigrationError} */
export async function runCommand(command: Command, env: NodeJS.ProcessEnv): Promise<Result> {
  switch (command.kind) {
    case 'help':
      return { fields: { usage: USAGE }, text: USAGE };
    case 'migrate':
      return migrate(readDatabaseConfig(env).url);
    case 'audit':
      return withDatabase(env, audit, AUDIT_TIMEOUT_MS);
    case 'create-account': {
      const keys = readEncryptionKeys(env);
      return withDatabase(env, (db) => createAccount(db, command, keys));
    }
    case 'set-limits':
      return withDatabase(env, (db) => setLimits(db, command));
    case 'create-key':
      return withDatabase(env, (db) => createKey(db, command));
    case 'create-pool':
      return withDatabase(env, (db) => createPool(db, command.name));
    case 'list-pools':
      return withDatabase(env, listPools);
    case 'reseal': {
      const keys = readEncryptionKeys(env);
      return withDatabase(env, (db) => reseal(db, keys));
    }
  }
}

async function migrate(databaseUrl: string): Promise<Result> {
  const applied = await deployMigrations({ databaseUrl });
  const text =
    applied.length === 0 ? 'The database is up to date.' : `Applied:\n${applied.map((name) => `  ${name}`).join('\n')}`;
  return { fields: { applied }, text };
}

async function audit(db: Database): Promise<Result> {
  const findings = await db.audit();
  const violations = findings.reduce((sum, { count }) => sum + count, 0);
  const lines = findings.map(({ name, rule, count, examples }) => {
    const shown = count === 0 ? '' : `\n         such as ${examples.join(', ')}`;
    return `${String(count).padStart(7)}  ${name}: ${rule}${shown}`;
  });
  const summary = violations === 0 ? 'Every rule holds.' : `${violations} violations.`;
  return { fields: { violations, findings }, text: [...lines, summary].join('\n'), failed: violations > 0 };
}

async function createAccount(
  db: Database,
  command: Extract<Command, { kind: 'create-account' }>,
  encryptionKeys: readonly string[],
): Promise<Result> {
  const { name, tier, maxRunning, maxQueued } = command;
  if (await db.accounts.find(name)) throw new UsageError(`there is already an account ${JSON.stringify(name)}`);
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const sealed = createSecretBox(encryptionKeys).seal(webhookSecret);
  const { id } = await db.accounts.create({ name, tier, maxRunning, maxQueued, webhookSecret: sealed });
  return {
    fields: { id, name, tier, maxRunning, maxQueued, webhookSecret },
    text: [
      `Account ${name}: ${id} (${tier}, ${maxRunning} running at once, ${maxQueued} queued)`,
      `Webhook secret, shown this once: ${webhookSecret}`,
    ].join('\n'),
  };
}

async function setLimits(db: Database, command: Extract<Command, { kind: 'set-limits' }>): Promise<Result> {
  const { id: accountId, name } = await findAccount(db, command.account);
  const { maxRunning, maxQueued } = command;
  const limits = await db.accounts.setLimits({
    accountId,
    ...(maxRunning !== null && { maxRunning }),
    ...(maxQueued !== null && { maxQueued }),
  });
  if (!limits) throw new UsageError(`the account ${JSON.stringify(name)} is gone`);
  return {
    fields: { accountId, name, ...limits },
    text: `Account ${name}: ${limits.maxRunning} running at once, ${limits.maxQueued} queued`,
  };
}

async function findAccount(db: Database, nameOrId: string) {
  const account = await db.accounts.find(nameOrId);
  if (!account) throw new UsageError(`there is no account ${JSON.stringify(nameOrId)}`);
  return account;
}

async function createKey(db: Database, command: Extract<Command, { kind: 'create-key' }>): Promise<Result> {
  const account = await findAccount(db, command.account);
  const { name, scopes } = command;
  const { key, facts } = await db.keys.create({ accountId: account.id, name, scopes });
  return {
    fields: { id: facts.id, accountId: account.id, name, scopes, key },
    text: [
      `Key ${name} of ${account.name}: ${facts.id} (${scopes.join(', ')})`,
      `API key, shown this once: ${key}`,
    ].join('\n'),
  };
}

async function createPool(db: Database, name: string): Promise<Result> {
  if (!(await db.pools.create(name))) throw new UsageError(`there is already a pool ${JSON.stringify(name)}`);
  return { fields: { name }, text: `Pool ${name}: served by workers that have it in WORKER_POOLS.` };
}

async function listPools(db: Database): Promise<Result> {
  const pools = await db.pools.list();
  return {
    fields: { pools: pools.map(({ name, createdAt }) => ({ name, createdAt: createdAt.toISOString() })) },
    text: pools.map(({ name }) => name).join('\n'),
  };
}

async function reseal(db: Database, encryptionKeys: readonly string[]): Promise<Result> {
  const box = createSecretBox(encryptionKeys);
  let unopened = 0;
  const { looked, replaced } = await db.accounts.reseal((sealed) => {
    if (box.isSealedByFirst(sealed)) return null;
    try {
      return box.seal(box.open(sealed));
    } catch (error) {
      if (!(error instanceof UnknownKeyError)) throw error;
      unopened += 1;
      return null;
    }
  });
  const rest = unopened === 0 ? 'The first key opens all of them.' : `${unopened} can be opened with none of the keys.`;
  return {
    fields: { looked, replaced, unopened },
    text: `${replaced} of ${looked} secrets sealed anew. ${rest}`,
    failed: unopened > 0,
  };
}

async function withDatabase<T>(
  env: NodeJS.ProcessEnv,
  use: (db: Database) => Promise<T>,
  statementTimeoutMs = TIMEOUT_MS,
): Promise<T> {
  const db = createDatabase({
    url: readDatabaseConfig(env).url,
    poolSize: 1,
    statementTimeoutMs,
    connectTimeoutMs: TIMEOUT_MS,
    applicationName: 'flotilla-admin',
  });
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}
