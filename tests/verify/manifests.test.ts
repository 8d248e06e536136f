import { describe, expect, it } from 'vitest';
import { CONFIG_MISTAKES } from './manifests/config.ts';
import { LIFE_MISTAKES } from './manifests/life.ts';
import { NETWORK_MISTAKES } from './manifests/network.ts';
import { checkBase, checkMistakes } from './manifests/plant.ts';
import { SECURITY_MISTAKES } from './manifests/security.ts';
import { SHAPE_MISTAKES } from './manifests/shape.ts';

const POLICY_MISTAKES = [...SECURITY_MISTAKES, ...CONFIG_MISTAKES, ...LIFE_MISTAKES, ...NETWORK_MISTAKES];
const DIGEST = {
  what: 'a digest for a tag',
  file: 'kustomization.yaml',
  from: 'newTag: 0.1.0',
  to: `digest: sha256:${'0a'.repeat(32)}`,
};

const said = checkMistakes([...SHAPE_MISTAKES, ...POLICY_MISTAKES, DIGEST]);

it('the base has no problems', () => {
  expect(checkBase()).toEqual({ code: 0, output: 'k8s/base: 0 problems\n' });
});

it('a digest is as good as a tag', () => {
  expect(said.get(DIGEST.what)).toEqual([]);
});

describe('the shape of the objects: refuses, and says nothing else,', () => {
  it.each(SHAPE_MISTAKES)('$what', ({ what, says }) => {
    expect(said.get(what)).toEqual([expect.stringContaining(says)]);
  });
});

describe('our policies: refuse', () => {
  it.each(POLICY_MISTAKES)('$what', ({ what, says }) => {
    expect(said.get(what)).toContainEqual(expect.stringContaining(says));
  });
});
