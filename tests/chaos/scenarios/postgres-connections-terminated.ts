import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const ROUNDS = 12;

export const postgresConnectionsTerminated: Scenario = {
  name: 'postgres-connections-terminated',
  about: 'every connection to Postgres is terminated, again and again',
  backends: ['redis', 'postgres'],
  async inject({ postgres, databaseUrl, random, injected }) {
    for (let round = 0; round < ROUNDS; round++) {
      const [row] = await postgres.query<{ ended: number }>(
        databaseUrl,
        `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      if (row && row.ended > 0) injected(`${row.ended} connections terminated`);
      await sleep(random.between(500, 1_500));
    }
  },
};
