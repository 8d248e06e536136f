import { hasBudget, type Mission, type MissionSpec } from '@flotilla/core';
import { readBudgets } from '../budgets/read.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEPT } from '../kept.ts';
import { runStatement } from '../statement.ts';
import { AROUND, type AroundRow, COLUMNS } from './list.ts';
import { type FullRow, toMission } from './mission-row.ts';

/** A mission of this account, or `null`: another account's mission does not exist for it. */
export async function readMission(client: Client, accountId: string, missionId: string): Promise<Mission | null> {
  const [row] = await runStatement<FullRow & AroundRow>(
    client,
    Prisma.sql`
      ${KEPT} SELECT m.id, ${COLUMNS}, m.spec, m.output, ${AROUND}
      FROM missions m WHERE m.id = ${missionId} AND m.account_id = ${accountId}`,
  );
  if (row === undefined) return null;
  const { id, spec, webhook, poolPausedAt, now } = row;
  const budgets = await readBudgets(client, hasBudget(spec as MissionSpec) ? [id] : []);
  return toMission(row, { webhook, pool: { pausedAt: poolPausedAt, now }, budget: budgets.get(id) ?? null });
}

/** Whether the account has this mission; for routes that read what hangs on it. */
export async function hasMission(client: Client, accountId: string, missionId: string): Promise<boolean> {
  const rows = await runStatement(
    client,
    Prisma.sql`${KEPT} SELECT id FROM missions WHERE id = ${missionId} AND account_id = ${accountId}`,
  );
  return rows.length > 0;
}
