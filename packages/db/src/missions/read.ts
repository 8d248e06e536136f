import { hasBudget, type Mission, type MissionSpec } from '@flotilla/core';
import { readBudgets } from '../budgets/read.ts';
import type { Client } from '../client.ts';
import type { Mission as MissionRow } from '../generated/prisma/client.ts';
import { asUnavailable } from '../statement.ts';
import { toMission } from './mission-row.ts';

/** A mission of this account, or `null`: another account's mission does not exist for it. */
export async function readMission(client: Client, accountId: string, missionId: string): Promise<Mission | null> {
  const [mission] = await guarded(client, () => client.mission.findMany({ where: { id: missionId, accountId } }));
  return mission ?? null;
}

/** Whether the account has this mission; for routes that read what hangs on it. */
export async function hasMission(client: Client, accountId: string, missionId: string): Promise<boolean> {
  try {
    return (await client.mission.count({ where: { id: missionId, accountId } })) > 0;
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Those of the missions that the account has, newest first. */
export async function readMissions(client: Client, accountId: string, missionIds: string[]): Promise<Mission[]> {
  if (missionIds.length === 0) return [];
  const where = { id: { in: missionIds }, accountId };
  return guarded(client, () => client.mission.findMany({ where, orderBy: { id: 'desc' } }));
}

export type MissionPage = {
  accountId: string;
  /** The id the page starts after; ids sort by time. */
  before: string | null;
  limit: number;
  /** Only the children of this mission. */
  parentMissionId?: string;
};

/** A page of an account's missions, newest first. */
export async function listMissions(client: Client, { before, limit, ...where }: MissionPage): Promise<Mission[]> {
  return guarded(client, () =>
    client.mission.findMany({
      where: { ...where, ...(before !== null && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    }),
  );
}

async function guarded(client: Client, read: () => Promise<MissionRow[]>): Promise<Mission[]> {
  try {
    const rows = await read();
    const endpointIds = rows.flatMap((row) => row.endpointId ?? []);
    const endpoints =
      endpointIds.length === 0
        ? []
        : await client.webhookEndpoint.findMany({
            where: { id: { in: endpointIds } },
            select: { id: true, url: true, disabledAt: true },
          });
    const webhooks = new Map(
      endpoints.map(({ id, url, disabledAt }) => [id, { endpointId: id, url, isEnabled: disabledAt === null }]),
    );
    const paused = await readPausedPools(client, rows);
    const budgets = await readBudgets(
      client,
      rows.flatMap(({ id, spec }) => (hasBudget(spec as MissionSpec) ? id : [])),
    );
    return rows.map((row) =>
      toMission(row, {
        webhook: webhooks.get(row.endpointId ?? '') ?? null,
        poolPausedAt: paused.get(row.pool) ?? null,
        budget: budgets.get(row.id) ?? null,
      }),
    );
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Those of the pools that queued missions lie in which are paused, and since when. */
async function readPausedPools(client: Client, rows: readonly MissionRow[]): Promise<Map<string, Date | null>> {
  const names = [...new Set(rows.flatMap(({ status, pool }) => (status === 'queued' ? pool : [])))];
  if (names.length === 0) return new Map();
  const pools = await client.pool.findMany({ where: { name: { in: names }, pausedAt: { not: null } } });
  return new Map(pools.map(({ name, pausedAt }) => [name, pausedAt]));
}
