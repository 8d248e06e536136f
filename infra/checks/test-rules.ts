/**
 * Holds infra/prometheus to Prometheus' own judge: `npm run test:rules`. Takes promtool from the PATH, or from Debian's
 * package, unpacked into node_modules/.cache: nothing is installed, no service started, and root is not needed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/prometheus');
const UNPACKED = join(CACHE, 'usr/bin/promtool');
const FOLDER = join(ROOT, 'infra/prometheus');

function findPromtool(): string {
  if (spawnSync('promtool', ['--version']).status === 0) return 'promtool';
  if (existsSync(UNPACKED)) return UNPACKED;
  mkdirSync(CACHE, { recursive: true });
  execFileSync('apt-get', ['download', '-q', 'prometheus'], { cwd: CACHE, stdio: 'inherit' });
  const [archive] = globSync('prometheus_*.deb', { cwd: CACHE });
  if (archive === undefined) throw new Error('Debian’s package prometheus was not there to download');
  execFileSync('dpkg', ['-x', archive, '.'], { cwd: CACHE, stdio: 'inherit' });
  return UNPACKED;
}

const promtool = findPromtool();
for (const args of [
  ['check', 'config', 'prometheus.yml'],
  ['check', 'rules', 'rules.yml'],
  ['test', 'rules', 'rules.test.yml'],
]) {
  const { status } = spawnSync(promtool, args, { cwd: FOLDER, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
