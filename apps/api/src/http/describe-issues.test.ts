import { missionRequestSchema } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { describeIssues } from './describe-issues.ts';

function errorsOf(body: unknown): Record<string, string> {
  const parsed = missionRequestSchema.safeParse(body, { reportInput: true });
  return Object.fromEntries(describeIssues(parsed.error?.issues ?? []).map(({ path, message }) => [path, message]));
}

describe('describeIssues', () => {
  it.each([
    [{}, '/goal', 'is required, or else messages'],
    [[], '', 'must be an object'],
    [null, '', 'must be an object'],
    [{ goal: 1 }, '/goal', 'must be a string'],
    [{ goal: '' }, '/goal', 'must not be empty'],
    [{ goal: 'x'.repeat(100_001) }, '/goal', 'must be at most 100000 characters'],
    [{ goal: 'a\0b' }, '/goal', 'must not contain the null character or half of a surrogate pair'],
    [{ goal: 'x', gaol: 'y' }, '/gaol', 'is not a known field'],
    [{ goal: 'x', limits: { maxStep: 1 } }, '/limits/maxStep', 'is not a known field'],
    [{ goal: 'x', limits: { maxSteps: 1.5 } }, '/limits/maxSteps', 'must be a whole number'],
    [{ goal: 'x', limits: { maxSteps: '1' } }, '/limits/maxSteps', 'must be a number'],
    [{ goal: 'x', limits: { maxSteps: 0 } }, '/limits/maxSteps', 'must be at least 1'],
    [{ goal: 'x', tags: ['a', 2] }, '/tags/1', 'must be a string'],
    [{ goal: 'x', tags: Array.from({ length: 21 }, () => 't') }, '/tags', 'must be at most 20 items'],
    [{ goal: 'x', metadata: { 'a/b~c': 1 } }, '/metadata/a~1b~0c', 'must be a string'],
    [
      { goal: 'x', metadata: { 'a\0': 'b' } },
      '/metadata/a\0',
      'as a key must not contain the null character or half of a surrogate pair',
    ],
    [
      { goal: 'x', modelOptions: { failWith: '404' } },
      '/modelOptions/failWith',
      'must be one of "429", "500", "529", "terminal"',
    ],
    [
      { goal: 'x', webhook: { url: 'u', secret: 'hunter2' } },
      '/webhook/secret',
      'must be whsec_ followed by 24 to 64 bytes in base64',
    ],
  ])('says of %j that %s %s', (body, path, message) => {
    expect(errorsOf(body)).toEqual({ [path]: message });
  });

  it('names every field that is wrong, up to twenty', () => {
    expect(Object.keys(errorsOf({ goal: 1, priority: 99, tags: 'a' }))).toEqual(['/goal', '/priority', '/tags']);
    const unknown = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, index]));
    expect(Object.keys(errorsOf({ goal: 'x', ...unknown }))).toHaveLength(20);
  });
});
