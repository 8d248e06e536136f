import { openSubscriber } from '../../redis/connection.ts';
import { SIGNAL_PING_EVERY_MS } from '../../settings.ts';
import type { SignalListener } from '../channel.ts';

type Options = { url: string; channel: string; onError(error: Error): void };

/** A connection of its own, since one that subscribed can do nothing else. It connects and subscribes anew by itself. */
export function createRedisListener(
  { url, channel, onError }: Options,
  onMessage: (message: string) => void,
): SignalListener {
  const subscriber = openSubscriber(url, onError);
  subscriber.on('message', (_channel, message) => onMessage(message));
  subscriber.subscribe(channel).catch(onError);
  // A subscriber only ever waits: without an answer to expect, a half-open socket would never be found.
  const pinging = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => undefined);
  }, SIGNAL_PING_EVERY_MS);

  return {
    async close() {
      clearInterval(pinging);
      subscriber.off('error', onError);
      subscriber.on('error', () => undefined);
      subscriber.disconnect();
    },
  };
}
