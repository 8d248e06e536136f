import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseApiKey, SCOPES } from '@flotilla/core';
import { createDatabase, type Database } from '@flotilla/db';
import { createSecretBox, type SecretBox } from '@flotilla/platform';
import { z } from 'zod';

const ACCOUNT = 'local';

const LOCAL_MAX_RUNNING = 10_000;

const fileSchema = z.object({ encryptionKey: z.string(), apiKey: z.string(), webhookSecret: z.string() });

/** What this machine's own stack signs and asks with; kept from start to start, readable by its owner only. */
export type LocalKeys = z.infer<typeof fileSchema>;

/**
 * The local account's key and secrets. What is on disk is used as long as the database knows it; a database that does
 * not (another DATABASE_URL, wiped data) is given an account and a key of its own.
 * @throws {Error} when somebody else runs on this database with other keys
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
    const encryptionKey = file?.encryptionKey ?? randomBytes(32).toString('base64');
    await takeDatabase(db, { encryptionKey, path });
    if (file && (await isKnown(db, file))) return file;
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

/** What shows whose keys seal the secrets in a database: something sealed with them. */
const SEAL = 'local-seal';

/**
 * Two stacks on one database take each other's deliveries, and can sign none that the other's keys have sealed: whoever
 * comes second is told so. With nobody else there, the database is taken over.
 */
async function takeDatabase(db: Database, { encryptionKey, path }: { encryptionKey: string; path: string }) {
  const secrets = createSecretBox([encryptionKey]);
  for (;;) {
    const { text, version } = await db.documents.read(SEAL);
    if (text !== null && isOpenedBy(secrets, text)) return;
    if (text !== null && (await db.workers.listLive()).length > 0) {
      throw new Error(
        `another Flotilla runs on this DATABASE_URL with keys of its own, and neither could deliver the other's webhooks. ` +
          `Stop it, or let both have the same keys: copy local-keys.json from its data folder to ${path}`,
      );
    }
    if (await db.documents.write({ name: SEAL, text: secrets.seal(SEAL), version })) return;
  }
}

function isOpenedBy(secrets: SecretBox, sealed: string): boolean {
  try {
    return secrets.open(sealed) === SEAL;
  } catch {
    return false;
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
