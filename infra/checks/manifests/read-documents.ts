import { parseAllDocuments } from 'yaml';
import type { Finding } from './finding.ts';

/** A YAML file's one document. */
export type Document = { file: string; value: Record<string, unknown> };

/**
 * Reads each file's one object. By YAML 1.1, as Kubernetes does: there `no` is false, and a ConfigMap that means the
 * word has to quote it.
 */
export function readDocuments(files: ReadonlyMap<string, string>): { documents: Document[]; findings: Finding[] } {
  const documents: Document[] = [];
  const findings: Finding[] = [];
  for (const [file, text] of files) {
    const report = (says: string) => findings.push({ file, object: '(file)', path: [], says });
    const [first, ...others] = parseAllDocuments(text, { version: '1.1', merge: false });
    if (!first || others.length > 0) {
      report('must hold one object');
      continue;
    }
    for (const { message } of [...first.errors, ...first.warnings]) report(message.split('\n')[0] ?? message);
    if (first.errors.length > 0) continue;
    const value: unknown = first.toJS();
    if (isRecord(value)) documents.push({ file, value });
    else report('must hold an object');
  }
  return { documents, findings };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
