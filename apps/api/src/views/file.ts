import type { WorkspaceEntry } from '@flotilla/core';
import { z } from 'zod';

export const fileView = z.object({ path: z.string(), bytes: z.int() }).meta({ id: 'WorkspaceFile' });

/** A file of a mission's workspace. */
export function toFileView({ path, bytes }: WorkspaceEntry): z.infer<typeof fileView> {
  return { path, bytes };
}
