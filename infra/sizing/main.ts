/**
 * Writes docs/scaling.md: `npm run sizing`. Of what was measured it takes what `npm run bench` and `npm run test:autoscale`
 * have left in .results, and keeps it in measured.json; else what is kept there.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDeployed } from './deployed.ts';
import { RECORDED, withResults } from './measured.ts';
import { scalingPage } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');
const measured = withResults(RECORDED, join(ROOT, '.results'));
for (const [name, figures] of Object.entries(measured)) {
  const isNew = JSON.stringify(figures) !== JSON.stringify(Reflect.get(RECORDED, name));
  process.stdout.write(`${name}: ${isNew ? 'of .results' : 'as it was'}, measured on ${figures.at}\n`);
}
writeFileSync(join(import.meta.dirname, 'measured.json'), `${JSON.stringify(measured, null, 2)}\n`);
writeFileSync(join(ROOT, 'docs/scaling.md'), scalingPage({ measured, deployed: readDeployed(ROOT) }));
