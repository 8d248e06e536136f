import { hasBudget, type Mission, type MissionSpec } from '@flotilla/core';
import { readBudgets } from '../budgets/read.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEPT } from '../kept.ts';
import { asUnavailable, runStatement } from '../statement.ts';
import { type PoolNow, toMission } from './mission-row.ts';

/** A mission of this account, or `null`: another account's mission does not exist for it. */
export async function readMission(client: Client, accountId: string, missionId: string): Promise<Mission | null> {
  try {
    const [row] = await client.mission.findMany({ where: { id: missionId, accountId } });
    if (row === undefined) return null;
    const { id, endpointId, status, pool, spec } = row;
    const webhook = endpointId === null ? null : await readWebhook(client, endpointId);
    const poolNow = status === 'queued' ? await readPool(client, pool) : null;
    const budgets = await readBudgets(client, hasBudget(spec as MissionSpec) ? [id] : []);
    return toMission(row, { webhook, pool: poolNow, budget: budgets.get(id) ?? null });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Whether the account has this mission; for routes that read what hangs on it. */
export async function hasMission(client: Client, accountId: string, missionId: string): Promise<boolean> {
  const rows = await runStatement(
    client,
    Prisma.sql`${KEPT} SELECT id FROM missions WHERE id = ${missionId} AND account_id = ${accountId}`,
  );
  return rows.length > 0;
}

async function readWebhook(client: Client, id: string): Promise<Mission['webhook']> {
  const select = { url: true, disabledAt: true };
  const endpoint = await client.webhookEndpoint.findUnique({ where: { id }, select });
  return endpoint && { endpointId: id, url: endpoint.url, isEnabled: endpoint.disabledAt === null };
}

/** How it stands with a pool. */
async function readPool(client: Client, name: string): Promise<PoolNow | null> {
  const [pool] = await runStatement<PoolNow>(
    client,
    Prisma.sql`${KEPT} SELECT paused_at AS "pausedAt", now() AS now FROM pools WHERE name = ${name}`,
  );
  return pool ?? null;
}
