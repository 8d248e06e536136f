import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the README', () => {
  it('lists every variable that an app reads, and no other', () => {
    const inCode = globSync(['apps/*/src/config.ts', 'packages/platform/src/config/common-variables.ts'], {
      cwd: ROOT,
    }).flatMap((path) => [...read(path).matchAll(/^ {2,4}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]));
    const table = read('README.md').split('## Configuration')[1]?.split('\n## ')[0] ?? '';
    const inTable = table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z0-9_]+)`/g)].map((match) => match[1]));
    expect(new Set(inTable)).toEqual(new Set(inCode));
    expect(inCode.length).toBeGreaterThan(20);
  });

  it('names commands that exist', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })];
    const named = pages.flatMap((path) =>
      [...read(path).matchAll(/npm (?:run )?([a-z:-]+)/g)].map((match) => match[1] ?? ''),
    );
    const unknown = named.filter((name) => !['ci', 'install'].includes(name) && !(name in scripts));
    expect(unknown).toEqual([]);
  });
});

describe('every page', () => {
  const pages = globSync(['*.md', 'docs/*.md', 'examples/*.md', '{apps,packages}/*/README.md', 'infra/*/README.md'], {
    cwd: ROOT,
  });

  it.each(pages)('%s points at files that are there', (page) => {
    const text = read(page);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => join(page, '..', match[1] ?? ''));
    // Paths in prose: from the root, as CONTRIBUTING and README give them.
    const inProse = [...text.matchAll(/`((?:apps|packages|tests|docs|infra|prisma)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect([...links, ...inProse].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(globSync('{apps,packages}/*/README.md', { cwd: ROOT }))('%s is read in one look', (page) => {
    expect(read(page).split('\n').length).toBeLessThanOrEqual(41);
  });
});
