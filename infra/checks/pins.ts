/** What is read of a `package.json`; the dependencies are those of every kind together. */
export type Manifest = { path: string; dependencies: Record<string, string> };

/** What is read of one entry of `package-lock.json`. */
export type LockedPackage = { resolved: string; hasInstallScript: boolean; optionalDependencies: string[] };

/** The entries of `package-lock.json` by their place, such as `node_modules/zod`. */
export type Lock = Record<string, LockedPackage>;

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.-]+)?$/;
const IN_MODULES = 'node_modules/';

/** Dependencies whose version is a range: two installs of one commit would differ. */
export function inexactVersions(manifests: Manifest[]): string[] {
  return manifests.flatMap(({ path, dependencies }) =>
    Object.entries(dependencies)
      .filter(([, version]) => !EXACT_VERSION.test(version))
      .map(([name, version]) => `${path}: pin ${name} to one exact version instead of ${version}.`),
  );
}

/** Entries that name the host they came from: elsewhere that host may be out of reach. */
export function registryHosts(lock: Lock): string[] {
  return Object.entries(lock)
    .filter(([, { resolved }]) => resolved.includes('://'))
    .map(([place]) => `package-lock.json: ${place} names a host; refresh it with this repository's .npmrc in force.`);
}

/**
 * Binaries for other platforms that the lockfile forgot. npm leaves them out when the registry at hand does not
 * carry them, and then every `npm ci` ends with "Missing: … from lock file".
 */
export function missingPlatforms(lock: Lock): string[] {
  return Object.entries(lock).flatMap(([place, { optionalDependencies }]) =>
    optionalDependencies
      .filter((name) => !(`${IN_MODULES}${name}` in lock) && !(`${place}/${IN_MODULES}${name}` in lock))
      .map((name) => `package-lock.json: ${name} has no entry, though ${place || 'the root'} may need it.`),
  );
}

/** Packages with an install script that nobody has allowed or refused yet. */
export function unreviewedScripts(lock: Lock, allowScripts: Record<string, boolean>): string[] {
  return Object.entries(lock)
    .filter(([place, { hasInstallScript }]) => hasInstallScript && place.includes(IN_MODULES))
    .map(([place]) => place.slice(place.lastIndexOf(IN_MODULES) + IN_MODULES.length))
    .filter((name) => !(name in allowScripts))
    .map((name) => `package.json: say in allowScripts whether ${name} may run its install script.`);
}
