import { SCOPES } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';

/** An account with room for everything. @returns a key of it */
export async function createOwner(of: {
  directUrl: string;
  encryptionKey: string;
  webhookSecret: string;
}): Promise<string> {
  const timeouts = { statementTimeoutMs: 10_000, connectTimeoutMs: 10_000 };
  const db = createDatabase({ url: of.directUrl, poolSize: 1, applicationName: 'flotilla-fleet', ...timeouts });
  try {
    const webhookSecret = createSecretBox([of.encryptionKey]).seal(of.webhookSecret);
    const account = await db.accounts.create({ name: 'fleet', tier: 'paid', maxRunning: 10_000, webhookSecret });
    await db.accounts.setLimits({ accountId: account.id, maxQueued: 100_000 });
    return (await db.keys.create({ accountId: account.id, name: 'fleet', scopes: SCOPES })).key;
  } finally {
    await db.close();
  }
}
