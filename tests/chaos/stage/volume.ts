import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Folder, openFolder } from './folder.ts';

/** A small volume that can be full. */
export type Volume = Folder & {
  /** Leaves no byte free. @returns how many it took */
  fill(): Promise<number>;
  /** Gives back what `fill` took. */
  empty(): Promise<void>;
  freeBytes(): Promise<number>;
};

/** Big pieces first, then what is left of the last one, down to a page. */
const PIECES = [1_048_576, 4_096].map((bytes) => Buffer.alloc(bytes));

/** @throws {NotRunError} where mounting is not permitted */
export async function openVolume(options: { name: string; megabytes: number }): Promise<Volume> {
  const folder = await openFolder(options);
  const ballast = join(folder.path, 'ballast');
  return {
    ...folder,
    async fill() {
      await using file = await open(ballast, 'a');
      let taken = 0;
      for (const piece of PIECES) {
        for (;;) {
          const written = await file.write(piece).catch((error: unknown) => {
            if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return null;
            throw error;
          });
          if (written === null) break;
          taken += written.bytesWritten;
        }
      }
      return taken;
    },
    empty: () => rm(ballast, { force: true }),
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder.path);
      return bavail * bsize;
    },
  };
}
