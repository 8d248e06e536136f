import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FILE = 'infra/Dockerfile';
const CHECK = 'infra/checks/image/check-image.ts';
const DOCKERFILE = readFileSync(join(ROOT, FILE), 'utf8');

const MISTAKES = [
  { what: 'a Node that moves', from: 'node:24.21.0-bookworm-slim', to: 'node:24-slim', says: 'not pinned to Node' },
  { what: 'root', from: 'USER 10001:10001', to: 'USER root', says: 'USER must be a number' },
  { what: 'no user', from: 'USER 10001:10001', to: '', says: 'USER must be a number' },
  {
    what: 'a shell',
    from: 'CMD ["node", "apps/api/src/main.ts"]',
    to: 'CMD node apps/api/src/main.ts',
    says: 'needs a shell',
  },
  { what: 'no health check', from: 'HEALTHCHECK --interval=10s', to: '# HEALTHCHECK', says: 'HEALTHCHECK is missing' },
  { what: 'something it runs at last', from: 'USER 10001', to: 'RUN ["true"]\nUSER 10001', says: 'must run nothing' },
  { what: 'somebody else’s scripts', from: '"ci", "--ignore-scripts"]', to: '"ci"]', says: 'run nobody' },
  {
    what: 'an install past the lockfile',
    from: '"ci", "--ignore-scripts"]',
    to: '"install"]',
    says: 'by the lockfile',
  },
  { what: 'development dependencies', from: '"--omit=dev", ', to: '', says: 'without development dependencies' },
  { what: 'a second Node', from: '"--omit=optional", ', to: '', says: 'without optional dependencies' },
  { what: 'what only peers ask for', from: '"--omit=peer", ', to: '', says: 'without peers’ own wishes' },
  {
    what: 'a workspace that npm does not see',
    from: 'COPY tests/package.json tests/',
    to: '',
    says: 'not told of tests',
  },
  {
    what: 'a package that is left out',
    from: 'COPY packages/queue packages/queue',
    to: '',
    says: 'packages/queue is not in',
  },
  { what: 'an app that is left out', from: 'COPY apps/admin apps/admin', to: '', says: 'apps/admin is not in' },
  {
    what: 'migrations that no start could look for in its database',
    from: 'COPY prisma/migrations prisma/migrations',
    to: '',
    says: 'prisma/migrations is not in',
  },
  {
    what: 'a folder that is not there',
    from: 'COPY prisma prisma',
    to: 'COPY schema prisma',
    says: 'schema is not there',
  },
  {
    what: 'a file that is kept back',
    from: 'COPY package.json ./',
    to: 'COPY README.md ./',
    says: 'README.md is not there',
  },
  {
    what: 'a secret',
    from: 'ENV NODE_ENV=production',
    to: 'ENV DATABASE_URL=postgres://a:b@c/d',
    says: 'leave a secret',
  },
  { what: 'a download', from: 'USER 10001', to: 'ADD https://example.com/x /x\nUSER 10001', says: 'ADD is none' },
];

function check(paths: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, ...paths], { cwd: ROOT, encoding: 'utf8' });
  return { code: status, printed: stdout, said: stderr.split('\n') };
}

/** Each change in a file of its own, all judged in one go. */
function checkMistakes(): Map<string, string[]> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-image-'));
  const paths = MISTAKES.map(({ from, to }, index) => {
    if (!DOCKERFILE.includes(from)) throw new Error(`the Dockerfile does not hold ${from}`);
    const path = join(folder.path, `${index}.Dockerfile`);
    writeFileSync(
      path,
      DOCKERFILE.replace(from, () => to),
    );
    return path;
  });
  const { said } = check(paths);
  return new Map(MISTAKES.map(({ what }, index) => [what, said.filter((line) => line.startsWith(`${paths[index]}:`))]));
}

const byMistake = checkMistakes();

it('the image has no problems', () => {
  expect(check([FILE])).toEqual({ code: 0, printed: `${FILE}: 0 problems\n`, said: [''] });
});

it.each(MISTAKES)('an image is refused for $what', ({ what, says }) => {
  expect(byMistake.get(what)).toContainEqual(expect.stringContaining(says));
});
