import { expect, it } from 'vitest';
import { queueNameOf, toBellJob } from './bell-job.ts';

const mission = { job: 'mission', missionId: 'mis_1', pool: 'default', priority: 5, ring: 3 } as const;

it('carries the id only, under an id of its own for every ring', () => {
  expect(toBellJob(mission)).toEqual({
    name: 'mission',
    data: { missionId: 'mis_1' },
    opts: { jobId: 'mis_1-3', attempts: 1, removeOnComplete: true, removeOnFail: true, priority: 5 },
  });
});

it('rings the front of the queue without a priority, which would outweigh it', () => {
  const { opts } = toBellJob({ ...mission, front: true });
  expect(opts.lifo).toBe(true);
  expect(opts).not.toHaveProperty('priority');
});

it.each([
  [0, 1],
  [-4, 1],
  [2.4, 2],
  [99, 9],
  [Number.NaN, 9],
])('rings a mission of priority %s as %s instead of losing it', (priority, expected) => {
  expect(toBellJob({ ...mission, priority }).opts.priority).toBe(expected);
});

it('rings deliveries in order of arrival', () => {
  const { opts } = toBellJob({ job: 'delivery', deliveryId: 'dlv_1', ring: 1 });
  expect(opts).toEqual({ jobId: 'dlv_1-1', attempts: 1, removeOnComplete: true, removeOnFail: true });
});

it('has one queue per pool and one for deliveries', () => {
  expect(queueNameOf({ job: 'mission', pool: 'gpu' })).toBe('missions-gpu');
  expect(queueNameOf({ job: 'delivery' })).toBe('deliveries');
});
