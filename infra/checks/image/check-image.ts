import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImageFacts } from './image-facts.ts';
import { judgeImage } from './rules.ts';

// node infra/checks/image/check-image.ts infra/Dockerfile …: what is wrong with each, a line each
if (import.meta.main) {
  const paths = process.argv.slice(2);
  const facts = readImageFacts(join(import.meta.dirname, '../../..'));
  let count = paths.length === 0 ? 1 : 0;
  for (const path of paths) {
    const problems = judgeImage(readFileSync(path, 'utf8'), facts);
    for (const problem of problems) console.error(`${path}: ${problem}`);
    console.log(`${path}: ${problems.length} problems`);
    count += problems.length;
  }
  process.exitCode = count === 0 ? 0 : 1;
}
