import { parseAllDocuments } from 'yaml';
import type { Finding } from './finding.ts';

/** One object, and the file it was found in. */
export type Document = { file: string; value: Record<string, unknown> };
type Read = { documents: Document[]; findings: Finding[] };

/** Reads each file's one object. */
export function readDocuments(files: ReadonlyMap<string, string>): Read {
  return joinReads(
    [...files].map(([file, text]) => {
      const parsed = parseText(text);
      return parsed.length === 1 ? readEach(file, parsed) : refuse(file, 'must hold one object');
    }),
  );
}

/** Reads what kustomize has built: many objects in one text. */
export function readBuilt({ folder, text }: { folder: string; text: string }): Read {
  return readEach(folder, parseText(text));
}

/** By YAML 1.1, as Kubernetes does: there `no` is false, and a ConfigMap that means the word has to quote it. */
function parseText(text: string) {
  return [...parseAllDocuments(text, { version: '1.1', merge: false })];
}

function readEach(file: string, parsed: ReturnType<typeof parseText>): Read {
  return joinReads(
    parsed.map((document) => {
      const faults = [...document.errors, ...document.warnings].map(({ message }) => message.split('\n')[0] ?? message);
      const said = joinReads(faults.map((fault) => refuse(file, fault)));
      if (document.errors.length > 0) return said;
      const value: unknown = document.toJS();
      return isRecord(value) ? { ...said, documents: [{ file, value }] } : refuse(file, 'must hold an object');
    }),
  );
}

function refuse(file: string, says: string): Read {
  return { documents: [], findings: [{ file, object: '(file)', path: [], says }] };
}

function joinReads(reads: readonly Read[]): Read {
  return {
    documents: reads.flatMap(({ documents }) => documents),
    findings: reads.flatMap(({ findings }) => findings),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
