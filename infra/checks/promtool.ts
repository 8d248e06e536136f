import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Where `npm run test:rules` unpacks Debian's package, on a machine that has none installed. */
export const UNPACKED_IN = join(ROOT, 'node_modules/.cache/prometheus');

/** In the folder `infra/prometheus`; what Prometheus' own judge is asked. */
export const RULES_FOLDER = join(ROOT, 'infra/prometheus');
export const RULE_CHECKS = [
  ['check', 'config', 'prometheus.yml'],
  ['check', 'rules', 'rules.yml'],
  ['test', 'rules', 'rules.test.yml'],
] as const;

/** Prometheus' own judge, from the PATH or where it was unpacked; `null` where there is none. */
export function findPromtool(): string | null {
  if (spawnSync('promtool', ['--version']).status === 0) return 'promtool';
  const unpacked = join(UNPACKED_IN, 'usr/bin/promtool');
  return existsSync(unpacked) ? unpacked : null;
}
