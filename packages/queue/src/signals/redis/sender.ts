import { RING_TIMEOUT_MS } from '@flotilla/core';
import type { Redis } from 'ioredis';
import { whenReady } from '../../redis/connection.ts';
import { within } from '../../within.ts';
import type { SignalSender } from '../channel.ts';

/** Publishes on the connection that bells are rung on: it fails in bounded time, and is closed by whoever opened it. */
export function createRedisSender(client: Redis, channel: string): SignalSender {
  return {
    async publish(message) {
      await within(whenReady(client), RING_TIMEOUT_MS, 'connecting to Redis');
      await client.publish(channel, message);
    },
    close: () => Promise.resolve(),
  };
}
