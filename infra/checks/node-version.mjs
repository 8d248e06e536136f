// Plain JavaScript: it has to run on an old Node to be able to say that the Node is too old.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const wanted = engines.node.replace('>=', '');
const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(
    `Flotilla needs Node ${wanted} or newer and this is Node ${process.versions.node}. ` +
      'On Linux (x64 and arm64, glibc) `npm ci` brings a suitable one along; elsewhere install Node 24, then run `npm ci` again.',
  );
  process.exitCode = 1;
}
