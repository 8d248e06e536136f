import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseApiKey, SCOPES } from '@flotilla/core';
import { createDatabase, type Database } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { z } from 'zod';

const ACCOUNT = 'local';

const LOCAL_MAX_RUNNING = 10_000;

const fileSchema = z.object({ encryptionKey: z.string(), apiKey: z.string(), webhookSecret: z.string() });

/** What this machine's own stack signs and asks with; kept from start to start, readable by its owner only. */
export type LocalKeys = z.infer<typeof fileSchema>;

/**
 * The local account's key and secrets. What is on disk is used as long as the database knows it; a database that does
 * not (another DATABASE_URL, wiped data) is given an account and a key of its own.
 */
export async function ensureLocalKeys({
  dataDir,
  databaseUrl,
}: {
  dataDir: string;
  databaseUrl: string;
}): Promise<LocalKeys> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'local-keys.json');
  const file = await readKeys(path);
  const db = createDatabase({
    url: databaseUrl,
    poolSize: 1,
    statementTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    applicationName: 'flotilla-local',
  });
  try {
    if (file && (await isKnown(db, file))) return file;
    const encryptionKey = file?.encryptionKey ?? randomBytes(32).toString('base64');
    const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
    const account = await db.accounts.create({
      name: (await db.accounts.find(ACCOUNT)) ? `${ACCOUNT}-${Date.now().toString(36)}` : ACCOUNT,
      tier: 'paid',
      maxRunning: LOCAL_MAX_RUNNING,
      webhookSecret: createSecretBox([encryptionKey]).seal(webhookSecret),
    });
    const { key } = await db.keys.create({ accountId: account.id, name: 'npm start', scopes: SCOPES });
    const keys = { encryptionKey, apiKey: key, webhookSecret };
    await writeKeys(path, keys);
    return keys;
  } finally {
    await db.close();
  }
}

async function isKnown(db: Database, keys: LocalKeys): Promise<boolean> {
  const parsed = parseApiKey(keys.apiKey);
  return parsed !== null && (await db.keys.find(parsed.prefix)) !== null;
}

async function readKeys(path: string): Promise<LocalKeys | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Error(`${path} cannot be read; remove it to have new keys made`, { cause: error });
  }
}

async function writeKeys(path: string, keys: LocalKeys): Promise<void> {
  // Never half a file: a kill between two writes must not cost the key that opens the secrets.
  await writeFile(`${path}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
