import { posix } from 'node:path';
import type { Problem } from './finding.ts';
import type { Document } from './read-documents.ts';
import type { Path } from './unread-fields.ts';

/** An image of the base's own name, and which one runs. */
export type ImageChoice = { name: string; newTag?: string; digest?: string };

/** What is read of `kustomization.yaml`. */
export type Kustomization = { file: string; namespace: string; images: ImageChoice[] };

/**
 * The fields that a base of ours may have. Kustomize has many more, whose effect this check would not see; overlays
 * are checked as they come out of it.
 */
const FIELDS = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'images']);
const IMAGE_FIELDS = new Set(['name', 'newName', 'newTag', 'digest']);

/** Reads a kustomization, and holds its list of resources to the files that are there. */
export function readKustomization(
  { file, value }: Document,
  files: readonly string[],
): { kustomization: Kustomization; problems: Problem[] } {
  const there = files.filter((other) => other !== file).map((other) => posix.relative(posix.dirname(file), other));
  const listed = stringsOf(value['resources']);
  const { namespace } = value;
  const problems: Problem[] = [
    ...unknownFields(value, FIELDS, []),
    ...recordsOf(value['images']).flatMap((image, index) => unknownFields(image, IMAGE_FIELDS, ['images', index])),
    ...listed.flatMap((name, index) => {
      const path = ['resources', index];
      if (listed.indexOf(name) !== index) return [{ path, says: `${name} is listed twice` }];
      return there.includes(name) ? [] : [{ path, says: `there is no file ${name}` }];
    }),
    ...there
      .filter((name) => !listed.includes(name))
      .map((name) => ({ path: ['resources'], says: `${name} is there but not listed, and nobody would apply it` })),
  ];
  if (typeof namespace !== 'string') problems.push({ path: ['namespace'], says: 'must name the namespace' });
  return {
    kustomization: {
      file,
      namespace: typeof namespace === 'string' ? namespace : '',
      images: recordsOf(value['images']).map(imageChoice),
    },
    problems,
  };
}

function imageChoice({ name, newTag, digest }: Record<string, unknown>): ImageChoice {
  return {
    name: typeof name === 'string' ? name : '',
    ...(typeof newTag === 'string' && { newTag }),
    ...(typeof digest === 'string' && { digest }),
  };
}

function unknownFields(value: Record<string, unknown>, known: ReadonlySet<string>, path: Path): Problem[] {
  return Object.keys(value)
    .filter((name) => !known.has(name))
    .map((name) => ({ path: [...path, name], says: 'is no field that the base may use' }));
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}
