import { LEASE_EXPIRES_AFTER_MS, SPEC_VERSION } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type NewWorker = {
  id: string;
  hostname: string;
  version: string;
  pools: string[];
  slots: number;
  /** The names of the deployment's own tools that it has loaded. */
  tools: string[];
};

/** What a worker has to know before its first claim. `toolsOff`: the names of the tools that operators have switched off. */
export type Registration = { toolsOff: string[] };

/** A lease for one process start. A worker that lost its lease registers anew, under a new id. */
export async function registerWorker(client: Client, worker: NewWorker): Promise<Registration> {
  const [row] = await runStatement<Registration>(
    client,
    Prisma.sql`
      INSERT INTO workers (id, hostname, version, pools, slots, tools, spec_version, lease_expires_at)
      VALUES (${worker.id}, ${worker.hostname}, ${worker.version}, ${worker.pools}, ${worker.slots}, ${worker.tools},
              ${SPEC_VERSION}::int, now() + ${LEASE_EXPIRES_AFTER_MS}::int * interval '1 millisecond')
      RETURNING ARRAY(SELECT name FROM switched_off_tools) AS "toolsOff"`,
  );
  return row ?? { toolsOff: [] };
}

/** Gives the lease up at the end of a drain. Missions still in hand, if any, are requeued by the next sweep. */
export async function stopWorker(client: Client, workerId: string): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`UPDATE workers SET stopped_at = now(), lease_expires_at = now() WHERE id = ${workerId} AND stopped_at IS NULL`,
  );
}
