import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readComposeFacts } from './compose-facts.ts';
import { judgeCompose } from './judge.ts';

// node infra/checks/compose/check-compose.ts infra/docker-compose.yml …: what is wrong with each, a line each. A
// pgbouncer.ini or redis.conf of the same name beside a file is judged in place of the repository's.
if (import.meta.main) {
  const paths = process.argv.slice(2);
  const facts = await readComposeFacts(join(import.meta.dirname, '../../..'));
  let count = paths.length === 0 ? 1 : 0;
  for (const path of paths) {
    const beside = (ending: string) => {
      const other = path.replace(/\.yml$/, ending);
      return existsSync(other) ? readFileSync(other, 'utf8') : undefined;
    };
    const own = { ...facts, pgbouncer: beside('.ini') ?? facts.pgbouncer, redis: beside('.conf') ?? facts.redis };
    const problems = judgeCompose(readFileSync(path, 'utf8'), own);
    for (const problem of problems) console.error(`${path}: ${problem}`);
    console.log(`${path}: ${problems.length} problems`);
    count += problems.length;
  }
  process.exitCode = count === 0 ? 0 : 1;
}
