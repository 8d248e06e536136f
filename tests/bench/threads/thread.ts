import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A thread of the bench, with an event loop of its own: what it is told, and the message of a kind that it says next. */
export type Thread<Told, Said extends { kind: string }> = AsyncDisposable & {
  tell(message: Told): void;
  /** @throws Error when the thread has failed before */
  hear<Kind extends Said['kind']>(kind: Kind): Promise<Extract<Said, { kind: Kind }>>;
};

/**
 * Load is made, and answers are timed, away from everything else: what waits in the event loop of the one who measures
 * would count as the other's slowness.
 */
export function startThread<Told, Said extends { kind: string }>(file: URL, data: object): Thread<Told, Said> {
  const worker = new Worker(file, { workerData: data });
  const failed = once(worker, 'error').then(([error]): never => {
    throw error;
  });
  // Whoever waits for a message hears of it; between two of them nobody does.
  failed.catch(() => undefined);
  const said = new Map<string, PromiseWithResolvers<Said>>();

  function messageOf(kind: string): PromiseWithResolvers<Said> {
    const found = said.get(kind) ?? Promise.withResolvers<Said>();
    said.set(kind, found);
    return found;
  }
  worker.on('message', (message: Said) => messageOf(message.kind).resolve(message));

  return {
    tell: (message) => worker.postMessage(message, []),
    async hear<Kind extends Said['kind']>(kind: Kind) {
      const message = await Promise.race([messageOf(kind).promise, failed]);
      if (!isOf(message, kind)) throw new Error(`a thread said ${message.kind} instead of ${kind}`);
      return message;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

function isOf<Said extends { kind: string }, Kind extends Said['kind']>(
  message: Said,
  kind: Kind,
): message is Extract<Said, { kind: Kind }> {
  return message.kind === kind;
}
