import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBase } from './check.ts';
import { type Facts, readFacts } from './facts.ts';
import { describeFinding } from './finding.ts';

/** Every problem of the kustomize bases in these folders, a line each. */
export function checkFolders(folders: readonly string[], facts: Facts): string[] {
  return folders.flatMap((folder) => {
    const files = globSync(`${folder}/**/*.{yaml,yml}`).toSorted();
    return checkBase(new Map(files.map((file) => [file, readFileSync(file, 'utf8')])), facts).map(describeFinding);
  });
}

// node infra/checks/manifests/check-folders.ts k8s/base
if (import.meta.main) {
  const folders = process.argv.slice(2);
  const problems = checkFolders(folders, await readFacts(join(import.meta.dirname, '../../..')));
  for (const problem of problems) console.error(problem);
  console.log(`${folders.join(', ')}: ${problems.length} problems`);
  process.exitCode = folders.length > 0 && problems.length === 0 ? 0 : 1;
}
