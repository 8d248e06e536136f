import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOverlay, unlistedFiles } from './build-overlay.ts';
import { builtBase, checkBuilt, typeObjects } from './check.ts';
import { type Facts, readFacts } from './facts.ts';
import { describeFinding } from './finding.ts';
import { usesOf } from './policies/connections.ts';
import { readBuilt } from './read-documents.ts';

/** What kustomize makes of an overlay, or has made of it: a file. */
function textOf(path: string): string {
  return path.endsWith('.yaml') ? readFileSync(path, 'utf8') : buildOverlay(path, process.env['KUBECTL'] ?? 'kubectl');
}

function countConnections(folder: string, { text, facts }: { text: string; facts: Facts }): number {
  const { manifests } = typeObjects(readBuilt({ folder, text }).documents);
  const uses = usesOf(builtBase({ folder, manifests, facts }));
  return uses.reduce((sum, { connections }) => sum + connections, 0);
}

// [KUBECTL=…] npm run overlays: what is wrong with overlays, or with files that kustomize has built of them, a line each
if (import.meta.main) {
  const paths = process.argv.slice(2);
  const facts = await readFacts(join(import.meta.dirname, '../../..'));
  let count = paths.length === 0 ? 1 : 0;
  for (const path of paths) {
    const text = textOf(path);
    const unlisted = path.endsWith('.yaml') ? [] : unlistedFiles(path);
    const problems = [
      ...unlisted.map((name) => `${path}: ${name} is there but not listed, and nobody would apply it`),
      ...checkBuilt({ folder: path, text }, facts).map(describeFinding),
    ];
    for (const problem of problems) console.error(problem);
    console.log(`${path}: ${problems.length} problems, at most ${countConnections(path, { text, facts })} connections`);
    count += problems.length;
  }
  process.exitCode = count === 0 ? 0 : 1;
}
