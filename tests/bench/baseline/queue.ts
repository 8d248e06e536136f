import { createPostgresBackend, Queue, Worker, withBackend } from 'bullmq';

type Servers = { redisUrl: string | undefined; databaseUrl: string; prefix: string };
export type MissionJob = { missionId: string };

const NAME = 'baseline-missions';
/** As BullMQ's documentation has it: tried again, and nothing kept of a job that is done. */
export const JOB_OPTIONS = { attempts: 3, removeOnComplete: true, removeOnFail: true } as const;

/** BullMQ as it comes, on Redis or on its own Postgres backend. */
export function openQueue({ redisUrl, databaseUrl, prefix }: Servers) {
  if (redisUrl !== undefined) return new Queue<MissionJob>(NAME, { connection: { url: redisUrl }, prefix });
  const postgres = withBackend(createPostgresBackend);
  return new postgres.Queue<MissionJob>(NAME, { connection: { connectionString: databaseUrl, migrate: true } });
}

export function openWorker(servers: Servers, concurrency: number, run: (job: MissionJob) => Promise<void>) {
  const { redisUrl, databaseUrl, prefix } = servers;
  if (redisUrl !== undefined) {
    const connection = { url: redisUrl, maxRetriesPerRequest: null };
    return new Worker<MissionJob>(NAME, (job) => run(job.data), { connection, concurrency, prefix });
  }
  const postgres = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, migrate: true };
  return new postgres.Worker<MissionJob>(NAME, (job) => run(job.data), { connection, concurrency });
}
