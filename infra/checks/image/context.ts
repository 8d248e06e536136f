import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Never sent, and large. */
const PASSED_OVER = new Set(['node_modules', '.git', '.results', '.flotilla']);

/**
 * The files that Docker would send as the context of `infra/Dockerfile`: all but what its `.dockerignore` names. Paths
 * are relative to the root.
 */
export function readContext(root: string): string[] {
  const isIgnored = readIgnore(readFileSync(join(root, 'infra/Dockerfile.dockerignore'), 'utf8'));
  return filesBelow(root, '').filter((path) => !isIgnored(path));
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return PASSED_OVER.has(entry.name) ? [] : filesBelow(root, path);
  });
}

/** Whether a file is kept back: the last line that fits it, or a folder above it, holds. */
export function readIgnore(text: string): (path: string) => boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const rules = lines.map((line) => ({ isKept: line.startsWith('!'), pattern: toPattern(line.replace(/^!/, '')) }));
  return (path) => {
    const parts = path.split('/');
    const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const last = rules.findLast(({ pattern }) => above.some((one) => pattern.test(one)));
    return last !== undefined && !last.isKept;
  };
}

/** `*` stands for part of a name, a folder of `**` for any folders or none. */
function toPattern(line: string): RegExp {
  const source = line
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}
