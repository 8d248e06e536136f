import type { AuditFinding } from '@flotilla/db';
import type { OpsRoute } from '@flotilla/platform';

/**
 * `GET /admin/audit`: what `npm run audit` checks, as JSON. 200 when every rule holds, 409 when one is broken, so that a
 * monitor needs to read no more than the status. It reads whole tables: two who ask at once share one run.
 */
export function auditRoute(runAudit: () => Promise<AuditFinding[]>): OpsRoute {
  let running: Promise<AuditFinding[]> | undefined;
  return {
    method: 'GET',
    path: '/admin/audit',
    async handle() {
      running ??= runAudit().finally(() => {
        running = undefined;
      });
      const findings = await running;
      const violations = findings.reduce((sum, { count }) => sum + count, 0);
      return { status: violations === 0 ? 200 : 409, body: { violations, findings } };
    },
  };
}
