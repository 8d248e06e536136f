/** What both processes of the baseline are told by the environment. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return {
    databaseUrl: needed(env, 'DATABASE_URL'),
    redisUrl: env['REDIS_URL'],
    /** Keeps what an earlier stack has left in Redis away from this one. */
    prefix: needed(env, 'QUEUE_PREFIX'),
    poolSize: Number(needed(env, 'DATABASE_POOL_SIZE')),
    apiKey: env['API_KEY'] ?? '',
    concurrency: Number(env['WORKER_SLOTS'] ?? '1'),
  };
}

function needed(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
