import type { Tool } from '../../tool.ts';
import type { Workspace } from '../../workspace.ts';
import { createEditFile } from './edit-file.ts';
import { createListFiles } from './list-files.ts';
import { createReadFile } from './read-file.ts';
import { createRemoveFile } from './remove-file.ts';
import { createWriteFile } from './write-file.ts';

/** The tools that work on the mission's workspace. */
export function createFileTools(deps: { workspace: Workspace }): Tool[] {
  return [
    createReadFile(deps),
    createWriteFile(deps),
    createEditFile(deps),
    createListFiles(deps),
    createRemoveFile(deps),
  ];
}
