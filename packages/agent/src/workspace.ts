import {
  type Ownership,
  refuseChange,
  type WorkspaceChange,
  type WorkspaceEntry,
  type WorkspaceFile,
} from '@flotilla/core';

/**
 * Where a mission's files are: somewhere that outlives the worker. `change` is made whole or not at all, and only for
 * the attempt that runs the mission; what it throws is shown to the model.
 */
export type Workspace = {
  list(owner: Ownership): Promise<WorkspaceEntry[]>;
  /** Those of the files that are there. */
  read(owner: Ownership, paths: readonly string[]): Promise<WorkspaceFile[]>;
  change(owner: Ownership, change: WorkspaceChange): Promise<void>;
};

/** Workspaces in this process' memory, for missions that run without a database. */
export function createMemoryWorkspace(): Workspace {
  const missions = new Map<string, Map<string, Uint8Array>>();
  const filesOf = ({ missionId }: Ownership) => missions.get(missionId) ?? new Map<string, Uint8Array>();
  const entriesOf = (files: ReadonlyMap<string, Uint8Array>) =>
    [...files].map(([path, content]) => ({ path, bytes: content.length })).toSorted(byPath);
  return {
    list: (owner) => Promise.resolve(entriesOf(filesOf(owner))),
    read: (owner, paths) =>
      Promise.resolve(
        [...filesOf(owner)].flatMap(([path, content]) => (paths.includes(path) ? { path, content } : [])),
      ),
    async change(owner, { written, removed }) {
      const files = new Map(filesOf(owner));
      const refused = refuseChange(entriesOf(files), { written, removed });
      if (refused !== null) throw new Error(refused);
      for (const path of removed) files.delete(path);
      for (const { path, content } of written) files.set(path, content);
      missions.set(owner.missionId, files);
    },
  };
}

function byPath(a: WorkspaceEntry, b: WorkspaceEntry): number {
  return a.path < b.path ? -1 : 1;
}
