/**
 * Holds infra/prometheus to Prometheus' own judge: `npm run test:rules`. Takes promtool from the PATH, or from Debian's
 * package, unpacked into node_modules/.cache: nothing is installed, no service started, and root is not needed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { findPromtool, RULES_FOLDER, ruleChecks, UNPACKED_IN } from './promtool.ts';

function unpackPromtool(): string {
  mkdirSync(UNPACKED_IN, { recursive: true });
  execFileSync('apt-get', ['download', '-q', 'prometheus'], { cwd: UNPACKED_IN, stdio: 'inherit' });
  const [archive] = globSync('prometheus_*.deb', { cwd: UNPACKED_IN });
  if (archive === undefined) throw new Error('Debian’s package prometheus was not there to download');
  execFileSync('dpkg', ['-x', archive, '.'], { cwd: UNPACKED_IN, stdio: 'inherit' });
  const unpacked = findPromtool();
  if (unpacked === null) throw new Error('Debian’s package prometheus has no promtool');
  return unpacked;
}

const promtool = findPromtool() ?? unpackPromtool();
for (const args of ruleChecks()) {
  const { status } = spawnSync(promtool, args, { cwd: RULES_FOLDER, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
