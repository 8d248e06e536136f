import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = join(import.meta.dirname, 'dist');
const COMPILER = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));

rmSync(DIST, { recursive: true, force: true });
execFileSync(process.execPath, [COMPILER, '-p', join(import.meta.dirname, 'tsconfig.build.json')], {
  stdio: 'inherit',
});

// The compiler leaves `./x.ts` in declarations as it is (TypeScript issue 61037), where not every editor finds `x.d.ts`.
for (const path of globSync('**/*.d.ts', { cwd: DIST })) {
  const text = readFileSync(join(DIST, path), 'utf8');
  writeFileSync(join(DIST, path), text.replaceAll(/((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g, '$1.js'));
}
