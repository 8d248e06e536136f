import { Prisma } from '../../generated/prisma/client.ts';
import { type AuditCheck, TWO_SWEEPS } from '../check.ts';

/** Who owns what is running, and how much of it an account has. */
export const OWNERSHIP_CHECKS: AuditCheck[] = [
  {
    name: 'running_without_lease',
    rule: 'no mission runs on a worker whose lease ended more than two sweeps ago',
    violations: Prisma.sql`
      SELECT m.id FROM missions m LEFT JOIN workers w ON w.id = m.worker_id
      WHERE m.status = 'running' AND (w.id IS NULL OR w.lease_expires_at < now() - ${TWO_SWEEPS})`,
  },
  {
    name: 'account_running_differs',
    rule: "an account's counter of running missions is the number of its running missions",
    violations: Prisma.sql`
      SELECT a.id FROM accounts a
      WHERE a.running <> (SELECT count(*) FROM missions m WHERE m.account_id = a.id AND m.status = 'running')`,
  },
];
