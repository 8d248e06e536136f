import { z } from 'zod';
import {
  WORKSPACE_BYTES_MAX,
  WORKSPACE_FILE_BYTES_MAX,
  WORKSPACE_FILES_MAX,
  WORKSPACE_PATH_MAX_CHARS,
} from './limits.ts';
import { isStorableString } from './storable-json.ts';

/** A file of a mission's workspace: what its tools leave there is found by its later steps, on whatever worker. */
export type WorkspaceFile = { path: string; content: Uint8Array };
export type WorkspaceEntry = { path: string; bytes: number };
/** Made whole or not at all. */
export type WorkspaceChange = { written: readonly WorkspaceFile[]; removed: readonly string[] };

/** Relative, of plain segments: nothing that leads out of the workspace, and one spelling for one file. */
export const workspacePathSchema = z
  .string()
  .min(1)
  .max(WORKSPACE_PATH_MAX_CHARS)
  .refine((path) => isStorableString(path) && path.split('/').every(isSegment), {
    error: 'must be a relative path such as notes/day-1.md, without "." and ".."',
  });

function isSegment(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !/[\\\p{Cc}]/u.test(segment);
}

/** Why a workspace with these files cannot take this change, as a sentence for the model; `null`: it can. */
export function refuseChange(entries: readonly WorkspaceEntry[], { written, removed }: WorkspaceChange): string | null {
  const after = new Map(entries.map(({ path, bytes }) => [path, bytes]));
  for (const path of removed) after.delete(path);
  for (const { path, content } of written) {
    if (!workspacePathSchema.safeParse(path).success) {
      return `${JSON.stringify(path)} cannot be the name of a file in the workspace.`;
    }
    if (content.length > WORKSPACE_FILE_BYTES_MAX) {
      return `${path} has ${content.length} bytes; a file may have ${WORKSPACE_FILE_BYTES_MAX}.`;
    }
    after.set(path, content.length);
  }
  if (written.length === 0) return null;
  if (after.size > WORKSPACE_FILES_MAX) return `The workspace may hold ${WORKSPACE_FILES_MAX} files, no more.`;
  const bytes = [...after.values()].reduce((sum, size) => sum + size, 0);
  if (bytes > WORKSPACE_BYTES_MAX) {
    return `The workspace would hold ${bytes} bytes; it may hold ${WORKSPACE_BYTES_MAX}. Remove what is no longer needed.`;
  }
  const blocked = [...after.keys()].find((path) => foldersOf(path).some((folder) => after.has(folder)));
  return blocked === undefined ? null : `${blocked} lies in a folder that has the name of a file.`;
}

function foldersOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
