import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** Switches a tool off for the whole fleet, or on again; doing either twice is doing it once. */
export async function setToolOff(client: Client, { tool, off }: { tool: string; off: boolean }): Promise<void> {
  await runStatement(
    client,
    off
      ? Prisma.sql`INSERT INTO switched_off_tools (name) VALUES (${tool}) ON CONFLICT DO NOTHING`
      : Prisma.sql`DELETE FROM switched_off_tools WHERE name = ${tool}`,
  );
}
