/** BullMQ's own recommendation; its check is off, because it writes to the console. */
const REDIS_OLDEST_MAJOR = 6;

/**
 * What is wrong with a Redis server for a queue, read from its `INFO`. An evicting server throws bells away without
 * an error anywhere; the sweep rings them again, so this is a warning and not a reason to refuse to start.
 */
export function redisWarnings(info: string): string[] {
  const warnings: string[] = [];
  const policy = field(info, 'maxmemory_policy');
  if (policy && policy !== 'noeviction') {
    warnings.push(`Redis evicts keys when it is full (maxmemory-policy ${policy}): set it to noeviction`);
  }
  const version = field(info, 'valkey_version') ?? field(info, 'redis_version');
  if (version && Number.parseInt(version, 10) < REDIS_OLDEST_MAJOR) {
    warnings.push(`Redis ${version} is older than BullMQ recommends (6.2)`);
  }
  return warnings;
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
