import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const BUILD_WITHIN_MS = 60_000;
const YAML = '**/*.{yaml,yml}';

/** The fields that our overlays use: what Debian's kubectl 1.20 builds as well as a current one. */
const fields = z.looseObject({
  bases: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  patchesStrategicMerge: z.array(z.string()).default([]),
});

/**
 * The objects of an overlay as one text, as `kubectl apply -k` would send them.
 * @param kubectl its program
 * @throws {Error} with kubectl's own words
 */
export function buildOverlay(folder: string, kubectl: string): string {
  // What it warns of goes to stderr: that `bases` are now written as `resources`, which 1.20 does not know.
  return execFileSync(kubectl, ['kustomize', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_WITHIN_MS,
  });
}

/** The files of an overlay that its kustomization does not name, and that nobody would ever apply. */
export function unlistedFiles(folder: string): string[] {
  const text = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');
  const { resources, patchesStrategicMerge } = fields.parse(parse(text));
  const listed = new Set([...resources, ...patchesStrategicMerge].map((name) => posix.normalize(name)));
  return globSync(YAML, { cwd: folder }).filter((name) => name !== 'kustomization.yaml' && !listed.has(name));
}
