import { type Bell, JOBS, type JobName, PRIORITY_FIRST, PRIORITY_LAST } from '@flotilla/core';

/** Where bells of one kind ring; a `Bell` is itself a `Channel`. */
export type Channel = { job: 'mission'; pool: string } | { job: 'delivery' };

/** What BullMQ is given for one bell. */
export type BellJob = {
  name: JobName;
  data: Record<string, string>;
  opts: {
    jobId: string;
    attempts: 1;
    removeOnComplete: true;
    removeOnFail: true;
    priority?: number;
    lifo?: true;
  };
};

/** The name of the BullMQ queue of a channel. */
export function queueNameOf(channel: Channel): string {
  return channel.job === 'mission' ? JOBS.mission.queue(channel.pool) : JOBS.delivery.queue();
}

/**
 * The BullMQ job of one ring. Nothing is kept of it once it is done, since BullMQ swallows an id it still knows
 * (bullmq#1337), and one go is all it gets, since retries are columns in Postgres.
 */
export function toBellJob(bell: Bell): BellJob {
  if (bell.job === 'delivery') {
    return { name: 'delivery', data: { deliveryId: bell.deliveryId }, opts: jobOptions(bell.deliveryId, bell.ring) };
  }
  const opts = jobOptions(bell.missionId, bell.ring);
  // BullMQ serves jobs without a priority before every numbered one, and on Redis it ignores `lifo` beside a number.
  const place = bell.front ? { lifo: true as const } : { priority: inRange(bell.priority) };
  return { name: 'mission', data: { missionId: bell.missionId }, opts: { ...opts, ...place } };
}

function jobOptions(id: string, ring: number): BellJob['opts'] {
  return { jobId: `${id}-${ring}`, attempts: 1, removeOnComplete: true, removeOnFail: true };
}

/** A priority out of range must cost a bell its place, never its ringing: BullMQ throws on a negative or broken one. */
function inRange(priority: number): number {
  if (!Number.isFinite(priority)) return PRIORITY_LAST;
  return Math.min(PRIORITY_LAST, Math.max(PRIORITY_FIRST, Math.round(priority)));
}
