/** Writes docs/scaling.md from what was measured: `npm run sizing`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scalingPage } from './page.ts';

writeFileSync(join(import.meta.dirname, '../../docs/scaling.md'), scalingPage());
