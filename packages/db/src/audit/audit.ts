import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable } from '../statement.ts';
import type { AuditCheck } from './check.ts';
import { ATTEMPT_CHECKS } from './checks/attempts.ts';
import { BELL_CHECKS } from './checks/bells.ts';
import { BUDGET_CHECKS } from './checks/budgets.ts';
import { EVENT_CHECKS } from './checks/events.ts';
import { FAMILY_CHECKS } from './checks/families.ts';
import { JOURNAL_CHECKS } from './checks/journal.ts';
import { OWNERSHIP_CHECKS } from './checks/ownership.ts';
import { USAGE_CHECKS } from './checks/usage.ts';
import { WAITING_CHECKS } from './checks/waiting.ts';

/** How many violations a rule has, and the first few of them by name. */
export type AuditFinding = { name: string; rule: string; count: number; examples: string[] };

const CHECKS = [
  ...OWNERSHIP_CHECKS,
  ...JOURNAL_CHECKS,
  ...BUDGET_CHECKS,
  ...USAGE_CHECKS,
  ...ATTEMPT_CHECKS,
  ...EVENT_CHECKS,
  ...WAITING_CHECKS,
  ...FAMILY_CHECKS,
  ...BELL_CHECKS,
];
const EXAMPLES = 5;
/** Of all rules together. A single one has the statement timeout of its caller's client, which has to suit. */
const TIMEOUT_MS = 1_800_000;
const MAX_WAIT_MS = 10_000;

/**
 * Checks the invariants over the whole database, on a live system too: all in one read-only snapshot, so that a move
 * half seen is not taken for a violation. One finding a rule, `count` 0 where it holds.
 * @throws {DatabaseUnavailableError}
 */
export async function runAudit(client: Client): Promise<AuditFinding[]> {
  try {
    return await client.$transaction(
      async (snapshot) => {
        await snapshot.$executeRaw`SET TRANSACTION READ ONLY`;
        const findings: AuditFinding[] = [];
        for (const check of CHECKS) findings.push(await runCheck(snapshot, check));
        return findings;
      },
      { isolationLevel: 'RepeatableRead', timeout: TIMEOUT_MS, maxWait: MAX_WAIT_MS },
    );
  } catch (error) {
    throw asUnavailable(error);
  }
}

async function runCheck(snapshot: Prisma.TransactionClient, check: AuditCheck): Promise<AuditFinding> {
  const { name, rule, violations } = check;
  const [row] = await snapshot.$queryRaw<Pick<AuditFinding, 'count' | 'examples'>[]>(Prisma.sql`
    SELECT count(*)::int AS count, COALESCE((array_agg(id ORDER BY id))[1:${EXAMPLES}::int], '{}') AS examples
    FROM (${violations}) v`);
  return { name, rule, count: row?.count ?? 0, examples: row?.examples ?? [] };
}
