import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const CHECK = 'infra/checks/manifests/check-folders.ts';
const BASE = 'k8s/base';

/** One change that makes the base wrong, and what has to be said of it. `from` must be in the file. */
export type Mistake = { what: string; file: string; from: string; to: string; says: string };

/** What the check prints of the base as it is. */
export function checkBase(): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, BASE], { cwd: ROOT, encoding: 'utf8' });
  return { code: status, output: stderr + stdout };
}

/** Makes each change in a copy of its own, and tells by its name what the check said of that copy. */
export function checkMistakes(mistakes: readonly Omit<Mistake, 'says'>[]): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-manifests-'));
  try {
    const copies = mistakes.map((mistake, index) => {
      const copy = join(folder, String(index));
      cpSync(join(ROOT, BASE), copy, { recursive: true });
      plant(copy, mistake);
      return { what: mistake.what, prefix: `${copy}/` };
    });
    const folders = copies.map(({ prefix }) => prefix.slice(0, -1));
    const { stderr } = spawnSync(process.execPath, [CHECK, ...folders], { cwd: ROOT, encoding: 'utf8' });
    const lines = stderr.split('\n');
    const saidOf = (prefix: string) => lines.filter((line) => line.startsWith(prefix));
    return new Map(copies.map(({ what, prefix }) => [what, saidOf(prefix).map((line) => line.slice(prefix.length))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant(copy: string, { file, from, to }: Pick<Mistake, 'file' | 'from' | 'to'>): void {
  const text = readFileSync(join(copy, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(
    join(copy, file),
    text.replace(from, () => to),
  );
}
