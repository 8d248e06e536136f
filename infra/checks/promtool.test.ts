import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { findPromtool, RULES_FOLDER, ruleChecks } from './promtool.ts';

it('the alert rules pass Prometheus’ own judge, and each fires in its cases and in no other', () => {
  const promtool = findPromtool();
  if (promtool === null) {
    process.stdout.write('the rules are not judged: no promtool here (Debian: prometheus; or npm run test:rules)\n');
    return;
  }
  for (const args of ruleChecks()) {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: RULES_FOLDER, encoding: 'utf8' });
    expect({ args, status, said: status === 0 ? '' : stdout + stderr }).toEqual({ args, status: 0, said: '' });
  }
}, 60_000);
