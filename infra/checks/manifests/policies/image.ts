import { forWorkloads, type Policy } from '../base.ts';
import type { ImageChoice } from '../kustomization.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Two pods of one Deployment that run different code are nobody's plan. */
export const imageIsPinned: Policy = forWorkloads(({ containers }, { kustomization }) =>
  containers
    .filter(({ container }) => !isPinned(container.image ?? '', kustomization.images))
    .map(({ path, container }) => ({
      path: [...path, 'image'],
      says: `${container.image} has no tag other than latest and no digest, here or under images in kustomization.yaml`,
    })),
);

function isPinned(image: string, choices: readonly ImageChoice[]): boolean {
  const choice = choices.find(({ name }) => name === image);
  if (choice) return isTag(choice.newTag) || DIGEST.test(choice.digest ?? '');
  const [, tag, digest] = /^[^:@]+(?::\d+\/[^:@]+)?(?::([^@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return digest === undefined ? isTag(tag) : DIGEST.test(digest);
}

function isTag(tag: string | undefined): boolean {
  return tag !== undefined && /^[\w][\w.-]{0,127}$/.test(tag) && tag !== 'latest';
}
