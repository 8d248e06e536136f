import type { Row } from './run-scenario.ts';

const COLUMNS = ['missions', 'faults', 'recovery', 'lost', 'repeated', 'webhooks-', 'audit'];
export const HEADER = ['scenario'.padEnd(30), 'backend'.padEnd(9), ...COLUMNS.map((name) => name.padStart(9))].join(
  ' ',
);

export function toLine(row: Row, rest: string): string {
  const { missions, faults, lost, repeated, webhooksMissing, auditViolations } = row;
  const figures = [missions, faults, `${row.recoverySeconds} s`, lost, repeated, webhooksMissing, auditViolations];
  const cells = figures.map((figure) => String(figure).padStart(9));
  return [row.scenario.padEnd(30), row.backend.padEnd(9), ...cells, ` (${rest})`].join(' ');
}
