import { randomUUID } from 'node:crypto';
import type { SharedDocument, SharedDocuments } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEPT } from '../kept.ts';
import { runStatement } from '../statement.ts';

/**
 * Documents in rows. Their writes do not wait for the disk: a server that crashes may forget the last moment of them, as
 * Redis does, and nothing but the limits of one minute hangs on it.
 */
export function createDocuments(client: Client): SharedDocuments {
  return {
    async read(name) {
      const [row] = await runStatement<SharedDocument>(
        client,
        Prisma.sql`
          ${KEPT} SELECT d.text, d.version, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
          FROM (SELECT 1) AS always LEFT JOIN shared_documents d ON d.name = ${name}`,
      );
      if (!row) throw new Error('a read of a document came back empty');
      return { ...row, nowMs: Math.floor(row.nowMs) };
    },
    async write({ name, text, version }) {
      const rows = await runStatement<{ name: string }>(
        client,
        Prisma.sql`
          ${KEPT} WITH setting AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS is_set)
          INSERT INTO shared_documents AS d (name, text, version)
          SELECT ${name}, ${text}, ${randomUUID()} FROM setting
          WHERE is_set IS NOT NULL
            AND (${version}::text IS NULL OR EXISTS (SELECT FROM shared_documents WHERE name = ${name}))
          ON CONFLICT (name) DO UPDATE SET text = excluded.text, version = excluded.version, written_at = now()
          WHERE d.version = ${version}::text
          RETURNING name`,
      );
      return rows.length > 0;
    },
  };
}
