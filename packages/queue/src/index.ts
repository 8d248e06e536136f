export type { Channel } from './bell-job.ts';
export type { Consumer } from './consumer.ts';
export type { ErrorContext } from './error-throttle.ts';
export type { Queue, QueueConfig } from './queue.ts';
export { createQueue } from './queue.ts';
export type { ConsumeOptions, DeliveryPayload, HandleContext, MissionPayload } from './receive.ts';
export type { Signals } from './signals/signals.ts';
export type { Deafness } from './supervisor.ts';
