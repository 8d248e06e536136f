import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findProgram } from '@flotilla/embedded';

export type Kubectl = { version: string; path: string };

/** Every kubectl on the PATH, each version once, the newest first; where there is none, Debian's, which is an old one. */
export async function findKubectls(): Promise<Kubectl[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const usual = await findProgram({ program: 'kubectl', package: 'kubernetes-client' });
  const paths = [...folders.map((folder) => join(folder, 'kubectl')), usual].filter((path) => existsSync(path));
  const byVersion = new Map(
    [...new Set(paths.map((path) => realpathSync(path)))].map((path) => [versionOf(path), path]),
  );
  return [...byVersion]
    .map(([version, path]) => ({ version, path }))
    .toSorted((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}

function versionOf(path: string): string {
  const printed = execFileSync(path, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  const { clientVersion }: { clientVersion?: { gitVersion?: string } } = JSON.parse(printed);
  return clientVersion?.gitVersion ?? 'of no version';
}
