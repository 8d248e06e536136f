import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSecrets } from '../../compose/make-secrets.ts';
import { type Facts, readFacts } from '../manifests/facts.ts';

/** What stands beside the compose file. */
export type ComposeFacts = Facts & {
  /** Whether the repository holds this path below `infra/`. */
  hasInfraFile(path: string): boolean;
  /** Texts of their configurations. */
  pgbouncer: string;
  redis: string;
  /** What `npm run compose:secrets` makes. */
  secretNames: readonly string[];
};

export async function readComposeFacts(root: string): Promise<ComposeFacts> {
  const infra = join(root, 'infra');
  return {
    ...(await readFacts(root)),
    hasInfraFile: (path) => existsSync(join(infra, path)),
    pgbouncer: readFileSync(join(infra, 'pgbouncer/pgbouncer.ini'), 'utf8'),
    redis: readFileSync(join(infra, 'redis/redis.conf'), 'utf8'),
    secretNames: Object.keys(makeSecrets({})),
  };
}
