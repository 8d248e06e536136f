import { listVariable, parseConfig, urlVariable } from '@flotilla/platform';
import { z } from 'zod';

const databaseUrl = urlVariable({ schemes: ['postgresql', 'postgres'] });

const database = z.object({
  /** May lead to a pooler in transaction mode. */
  DATABASE_URL: databaseUrl,
  /** Leads to the server itself, where every command of this program goes. Default: DATABASE_URL. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
});

const encryption = z.object({
  /** Seal webhook secrets; comma-separated, each 32 bytes in base64, the first seals. The same for api and worker. */
  FLOTILLA_ENCRYPTION_KEYS: listVariable({ item: /^[A-Za-z0-9+/]{43}=$/, expected: 'keys of 32 bytes in base64' }),
});

/** @throws {ConfigError} */
export function readDatabaseConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(database, env);
  return Object.freeze({ url: read.DATABASE_DIRECT_URL ?? read.DATABASE_URL });
}

/** Only for what seals a secret: nobody needs the keys at hand to apply a migration. @throws {ConfigError} */
export function readEncryptionKeys(env: NodeJS.ProcessEnv): readonly string[] {
  return parseConfig(encryption, env).FLOTILLA_ENCRYPTION_KEYS;
}
