import type { Taken } from './backend.ts';
import type { Receive } from './receive.ts';

export type Handlers = {
  /** Runs the handler for a fetched bell; never rejects, whatever the handler does. */
  handle(taken: Taken): Promise<void>;
  running(): number;
  /** Resolves when no handler runs. */
  idle(): Promise<void>;
  abort(reason: Error): void;
};

/**
 * The handlers that run for one consumer, over all BullMQ workers it has had. Their errors end here: the truth about
 * a mission is its row, and a job that BullMQ counted as failed would only add an opinion.
 */
export function createHandlers(options: { receive: Receive; onError(error: unknown): void }): Handlers {
  const controllers = new Set<AbortController>();
  const waiters: (() => void)[] = [];

  return {
    async handle(taken) {
      const controller = new AbortController();
      controllers.add(controller);
      try {
        await options.receive(taken.data, { signal: controller.signal });
      } catch (error) {
        options.onError(error);
      } finally {
        controllers.delete(controller);
        if (controllers.size === 0) for (const wake of waiters.splice(0)) wake();
      }
    },
    running: () => controllers.size,
    idle: () => (controllers.size === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    abort(reason) {
      for (const controller of controllers) controller.abort(reason);
    },
  };
}
