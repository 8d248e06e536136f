import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

/** Where `npm run test:rules` unpacks Debian's package, on a machine that has none installed. */
export const UNPACKED_IN = join(ROOT, 'node_modules/.cache/prometheus');

/** In the folder `infra/prometheus`; what Prometheus' own judge is asked. */
export const RULES_FOLDER = join(ROOT, 'infra/prometheus');
export function ruleChecks(): string[][] {
  return [
    ['check', 'config', 'prometheus.yml'],
    ['check', 'config', writeClusterConfig()],
    ['check', 'rules', 'rules.yml'],
    ['test', 'rules', 'rules.test.yml'],
  ];
}

type ClusterConfig = { rule_files: string[]; scrape_configs: object[] };

/**
 * kubernetes.yml without the way in which pods are found: Debian's promtool is built without it. That part has
 * tests/verify/scrape.test.ts.
 */
function writeClusterConfig(): string {
  const config: ClusterConfig = parse(readFileSync(join(RULES_FOLDER, 'kubernetes.yml'), 'utf8'));
  const judged: ClusterConfig = {
    ...config,
    rule_files: config.rule_files.map((name) => join(RULES_FOLDER, name)),
    scrape_configs: config.scrape_configs.map((scrape) => ({ ...scrape, kubernetes_sd_configs: undefined })),
  };
  mkdirSync(UNPACKED_IN, { recursive: true });
  const path = join(UNPACKED_IN, 'kubernetes.yml');
  // YAML is a superset of JSON, which leaves out what is undefined.
  writeFileSync(path, JSON.stringify(judged));
  return path;
}

/** Prometheus' own judge, from the PATH or where it was unpacked; `null` where there is none. */
export function findPromtool(): string | null {
  if (spawnSync('promtool', ['--version']).status === 0) return 'promtool';
  const unpacked = join(UNPACKED_IN, 'usr/bin/promtool');
  return existsSync(unpacked) ? unpacked : null;
}
