import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';

/** Where secrets are stored, sealed. One that rotates moves on to the column behind its own, and so is not missed. */
const COLUMNS = [
  { table: Prisma.sql`accounts`, column: Prisma.sql`webhook_secret` },
  { table: Prisma.sql`accounts`, column: Prisma.sql`previous_webhook_secret` },
  { table: Prisma.sql`webhook_endpoints`, column: Prisma.sql`secret` },
  { table: Prisma.sql`webhook_endpoints`, column: Prisma.sql`previous_secret` },
];
const PAGE = 100;

/** `replaced`: so many were written anew. */
export type Resealed = { looked: number; replaced: number };

/**
 * Goes through every sealed secret there is, by and by and beside a live fleet, and stores what `reseal` makes of it;
 * `null`: it stays as it is. One that somebody changes meanwhile is theirs.
 */
export async function resealSecrets(client: Client, reseal: (sealed: string) => string | null): Promise<Resealed> {
  const total: Resealed = { looked: 0, replaced: 0 };
  for (const { table, column } of COLUMNS) {
    for (let after: string | null = ''; after !== null; ) {
      const rows: { id: string; sealed: string }[] = await runStatement(
        client,
        Prisma.sql`
          SELECT id, ${column} AS sealed FROM ${table}
          WHERE id > ${after} AND ${column} IS NOT NULL ORDER BY id LIMIT ${PAGE}::int`,
      );
      const anew = rows.flatMap(({ id, sealed }) => {
        const replacement = reseal(sealed);
        return replacement === null ? [] : [{ id, sealed, replacement }];
      });
      if (anew.length > 0) {
        const replaced = await runStatement(
          client,
          Prisma.sql`
            UPDATE ${table} t SET ${column} = i.replacement
            FROM ${recordset(anew)} AS i(id text, sealed text, replacement text)
            WHERE t.id = i.id AND t.${column} = i.sealed
            RETURNING t.id`,
        );
        total.replaced += replaced.length;
      }
      total.looked += rows.length;
      after = rows.length < PAGE ? null : (rows.at(-1)?.id ?? null);
    }
  }
  return total;
}
