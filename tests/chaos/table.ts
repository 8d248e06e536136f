import type { Row } from './run-scenario.ts';

const COLUMNS = ['missions', 'faults', 'recovery', 'lost', 'repeated', 'webhooks-', 'audit'];
export const HEADER = ['scenario'.padEnd(30), 'backend'.padEnd(9), ...COLUMNS.map((name) => name.padStart(9))].join(
  ' ',
);

export function toLine(row: Row, rest: string): string {
  const { missions, faults, lost, repeated, webhooksMissing, auditViolations } = row;
  const figures = [missions, faults, `${row.recoverySeconds} s`, lost, repeated, webhooksMissing, auditViolations];
  const cells = figures.map((figure) => String(figure).padStart(9));
  return [toName(row), ...cells, ` (${rest})`].join(' ');
}

/** For what has no figures. */
export function toEmptyLine(row: Pick<Row, 'scenario' | 'backend'>, why: string): string {
  return `${toName(row)} ${why}`;
}

function toName({ scenario, backend }: Pick<Row, 'scenario' | 'backend'>): string {
  return `${scenario.padEnd(30)} ${backend.padEnd(9)}`;
}
