import type { SharedDocuments } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createQueue } from '@flotilla/queue';

/** Where a fleet's documents are: a server, and what keeps them apart from other tests' on it. */
export type StorePlace = { kind: 'redis' | 'postgres'; url: string; prefix: string };

export type OpenStore = { documents: SharedDocuments; close(): Promise<void> };

/** Opens a place as a worker does. */
export function openStore({ kind, url, prefix }: StorePlace): OpenStore {
  if (kind === 'postgres') {
    const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
    const db = createDatabase({ url, poolSize: 2, applicationName: 'flotilla-test', ...timeouts });
    return { documents: db.documents, close: () => db.close() };
  }
  const queue = createQueue({ backend: { kind, url }, prefix, onError: () => undefined });
  if (!queue.documents) throw new Error('a queue on Redis has documents');
  return { documents: queue.documents, close: () => queue.close() };
}
