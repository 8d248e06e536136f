import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Asked by every package before it starts a service; 101 means: do not. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_WITHIN_MS = 300_000;

const apt = (args: string[]): string | undefined => {
  const result = spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_WITHIN_MS,
  });
  if (result.status === 0) return undefined;
  const said = result.error?.message ?? result.stderr.trim().split('\n').at(-1) ?? '';
  return `apt-get ${args[0]} failed with ${result.signal ?? result.status} (${said})`;
};

/** Installs a package of Debian's without starting its service. @returns what prevented it, or undefined */
export const installPackage = (name: string): string | undefined => {
  if (process.getuid?.() !== 0) return 'none is installed, and only root can install one';
  if (!existsSync('/usr/bin/apt-get')) return 'none is installed, and this system has no apt-get';
  const hasPolicy = existsSync(SERVICE_POLICY);
  if (!hasPolicy) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['install', '--no-install-recommends', name];
    // The lists of a fresh image are empty or old; they are fetched only where they are needed.
    return apt(install) && (apt(['update']) ?? apt(install));
  } finally {
    if (!hasPolicy) rmSync(SERVICE_POLICY, { force: true });
  }
};
