import { type Ownership, WORKSPACE_FILE_BYTES_MAX, workspacePathSchema } from '@flotilla/core';
import { z } from 'zod';
import type { Workspace } from '../../workspace.ts';

export const pathSchema = workspacePathSchema.describe('Relative to the workspace, such as notes/day-1.md');
/** No file takes more bytes, and no character less than one. */
export const contentSchema = z.string().max(WORKSPACE_FILE_BYTES_MAX);

/** @throws Error with a sentence for the model where there is no such file, or it holds no text */
export async function readText(workspace: Workspace, owner: Ownership, path: string): Promise<string> {
  const [file] = await workspace.read(owner, [path]);
  if (!file) throw new Error(`There is no file ${path} in the workspace.`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.content);
  } catch {
    throw new Error(`${path} holds no text (${file.content.length} bytes).`);
  }
}

export async function writeText(
  workspace: Workspace,
  owner: Ownership,
  { path, text }: { path: string; text: string },
): Promise<number> {
  const content = Buffer.from(text);
  await workspace.change(owner, { written: [{ path, content }], removed: [] });
  return content.length;
}
