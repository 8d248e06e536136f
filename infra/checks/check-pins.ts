import { globSync, readFileSync } from 'node:fs';
import { inexactVersions, type Lock, missingPlatforms, registryHosts, unreviewedScripts } from './pins.ts';

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readJson(path: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isRecord(value)) throw new TypeError(`${path} holds no object.`);
  return value;
}

/** The entries of an object whose values are of the wanted type. */
function entriesOf<Value>(value: unknown, isWanted: (entry: unknown) => entry is Value): Record<string, Value> {
  const wanted: Record<string, Value> = {};
  for (const [key, entry] of Object.entries(isRecord(value) ? value : {})) if (isWanted(entry)) wanted[key] = entry;
  return wanted;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

const root = readJson('package.json');
const workspaces = Array.isArray(root['workspaces']) ? root['workspaces'].filter(isString) : [];
const manifests = ['package.json', ...globSync(workspaces.map((folder) => `${folder}/package.json`))].map((path) => {
  const manifest = readJson(path);
  const dependencies = KINDS.flatMap((kind) => Object.entries(entriesOf(manifest[kind], isString)));
  return { path, dependencies: Object.fromEntries(dependencies) };
});

const lock: Lock = {};
for (const [place, entry] of Object.entries(entriesOf(readJson('package-lock.json')['packages'], isRecord))) {
  lock[place] = {
    resolved: isString(entry['resolved']) ? entry['resolved'] : '',
    hasInstallScript: entry['hasInstallScript'] === true,
    optionalDependencies: Object.keys(entriesOf(entry['optionalDependencies'], isString)),
  };
}

const problems = [
  ...inexactVersions(manifests),
  ...registryHosts(lock),
  ...missingPlatforms(lock),
  ...unreviewedScripts(lock, entriesOf(root['allowScripts'], isBoolean)),
];
for (const problem of problems) console.error(problem);
console.log(
  `${manifests.length} manifests and ${Object.keys(lock).length} locked packages, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
