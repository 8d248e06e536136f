import { type AuditFinding, createDatabase } from '@flotilla/db';

/** An audit reads whole tables; a request's few seconds would end it. */
const STATEMENT_TIMEOUT_MS = 600_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Runs the audit over one connection of its own, so that it takes none from the clients of the API.
 * @param url the server itself: a pooler has a limit of its own for statements, and none that fits this
 */
export async function runAudit(url: string): Promise<AuditFinding[]> {
  const db = createDatabase({
    url,
    poolSize: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    applicationName: 'flotilla-audit',
  });
  try {
    return await db.audit();
  } finally {
    await db.close();
  }
}
