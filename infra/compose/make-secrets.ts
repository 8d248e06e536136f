/**
 * Makes the secrets of `infra/docker-compose.yml` where there are none yet: `npm run compose:secrets`. Keys of providers
 * are taken from the environment, or left empty.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The contents of each file, by its name. */
export function makeSecrets(env: NodeJS.ProcessEnv): Record<string, string> {
  const [postgres, redis, grafana] = Array.from({ length: 3 }, () => randomBytes(24).toString('base64url'));
  return {
    database_url: `postgresql://flotilla:${postgres}@pgbouncer:6432/flotilla`,
    database_direct_url: `postgresql://flotilla:${postgres}@postgres:5432/flotilla`,
    redis_url: `redis://:${redis}@redis:6379`,
    redis_auth: `requirepass ${redis}`,
    encryption_keys: randomBytes(32).toString('base64'),
    admin_key: randomBytes(32).toString('base64url'),
    postgres_password: `${postgres}`,
    pgbouncer_users: `"flotilla" "${postgres}"`,
    grafana_password: `${grafana}`,
    anthropic_api_key: env['ANTHROPIC_API_KEY'] ?? '',
    openai_api_key: env['OPENAI_API_KEY'] ?? '',
  };
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '../secrets');
  // The folder is for its owner alone; the files are mounted one by one, for users that this machine does not know.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(join(folder, 'database_url'))) {
    process.stdout.write(`${folder} holds secrets already: they are left as they are.\n`);
  } else {
    const secrets = Object.entries(makeSecrets(process.env));
    for (const [name, text] of secrets) writeFileSync(join(folder, name), `${text}\n`, { mode: 0o444 });
    process.stdout.write(`${secrets.length} secrets in ${folder}\n`);
  }
}
