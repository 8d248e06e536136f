import { PostgresQueueBackend } from 'bullmq';

/** From here on BullMQ's way for many is the quicker one. */
const MANY = 150;

/**
 * BullMQ's own, but for the way it adds a few jobs. `add_jobs_bulk` makes and drops two temporary tables a call, whatever
 * the number of jobs: 11 ms of Postgres for one, and 62 dead rows in its catalogs, for every bell rung. What it
 * has for flows adds one after the other in a loop: 0.7 ms for one job, 3 for ten, 20 for a hundred (21 in bulk), 57 for
 * three hundred (35). Both are one statement, and keep the order.
 */
export class QueueBackend extends PostgresQueueBackend {
  override async addJobs(entries: Parameters<PostgresQueueBackend['addJobs']>[0]): Promise<string[]> {
    if (entries.length >= MANY) return super.addJobs(entries);
    const added = await this.addFlow(
      entries.map(({ job, jobId, parentKeyOpts = {} }) => ({
        jobData: job,
        jobId,
        parentKeyOpts,
        prefix: '',
        queueName: this.queueName,
      })),
    );
    return added.map(([error, id]) => {
      if (error) throw error;
      return String(id);
    });
  }
}
