import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAYERS } from './layers.ts';

const ROOT = new URL('../../', import.meta.url);
const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));

it('has no cycle: no layer reaches itself', () => {
  const reach = (name: string, seen: string[] = []): string[] =>
    (LAYERS.find((layer) => layer.name === name)?.mayImport ?? []).flatMap((next) =>
      seen.includes(next) ? [next] : [next, ...reach(next, [...seen, next])],
    );
  for (const { name } of LAYERS) expect(reach(name)).not.toContain(name);
});

it('is what turbo enforces', () => {
  const tags = Object.fromEntries(LAYERS.map(({ name, mayImport }) => [name, { dependencies: { allow: mayImport } }]));
  expect(readJson('turbo.json').boundaries.tags).toEqual(tags);
});

describe.each(LAYERS)('$path', ({ name, path, mayImport }) => {
  it('bears its tag', () => {
    expect(readJson(`${path}/turbo.json`).tags).toEqual([name]);
  });

  it('declares no package of ours that it may not import', () => {
    const manifest = readJson(`${path}/package.json`);
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const ours = declared.filter((dependency) => dependency.startsWith('@flotilla/'));
    expect(mayImport.map((layer) => `@flotilla/${layer}`)).toEqual(expect.arrayContaining(ours));
  });
});
