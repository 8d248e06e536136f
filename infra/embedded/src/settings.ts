/** Full: what a crash of the machine leaves behind is what was committed. None: for tests, whose data nobody misses. */
export type Durability = 'full' | 'none';

/**
 * All that a Postgres program gets to see of the environment: PGPORT, PGDATA and their kin would change what it does,
 * and a translated message could not be recognised.
 */
export const SERVER_ENV: NodeJS.ProcessEnv = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };

/** Given on the command line at every start, so that they are always those of this version, not of the first start. */
export const settingsFor = (durability: Durability): Record<string, string> => ({
  listen_addresses: '127.0.0.1',
  // No socket file: its path may be too long, and its folder open to others.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // Short statements only; compiling them costs more than it saves.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  ...(durability === 'full'
    ? { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
    : {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        // Without replicas, CREATE DATABASE … TEMPLATE, which every test does, need not go through the log.
        wal_level: 'minimal',
        max_wal_senders: '0',
      }),
});
